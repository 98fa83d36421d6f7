package triage

// String returns the band as policy.md writes it.
func (b Band) String() string { return name(b, "UNKNOWN", "BLUE", "GREEN", "AMBER", "RED") }

// String returns the state in one lower-case word.
func (s State) String() string {
	return name(s, "unknown", "waiting", "claimed", "decided", "joined", "struck")
}

// String returns the kind as a slug.
func (k LetterKind) String() string {
	return name(k, "unknown", "notice", "bounce", "auto_reply", "receipt", "recall", "canary")
}

// String returns the polarity as a slug.
func (p Polarity) String() string {
	return name(p, "unknown", "present", "possible", "absent", "hypothetical")
}

// String returns the time as a slug.
func (t Time) String() string { return name(t, "unknown", "current", "historic") }

// String returns the holder as a slug.
func (h Holder) String() string { return name(h, "unknown", "child", "carer", "home", "other") }

// String returns the role as a slug.
func (r Role) String() string { return name(r, "unknown", "child", "carer", "alleged", "other") }

// String returns the relation as a slug.
func (r Relation) String() string {
	return name(r, "unknown", "new", "resend", "update", "same_incident", "repeat")
}

// String returns the kind of link as a slug.
func (k LinkKind) String() string {
	return name(k, "unknown", "child", "household", "possible", "alleged")
}

// name picks an enum's word; a value beyond the list is the first, unknown.
func name[T ~uint8](v T, words ...string) string {
	if int(v) >= len(words) {
		return words[0]
	}
	return words[v]
}
