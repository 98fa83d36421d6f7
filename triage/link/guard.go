package link

// levels are what the comparisons of a pair of people came to.
type levels struct {
	given, family, born, address, parents, nhs, upn, contact string
}

// number tells whether a number that belongs to one child alone agrees.
func (v levels) number() bool { return v.nhs == "equal" || v.upn == "equal" }

// near tells whether something of the home agrees that a namesake elsewhere
// would not share.
func (v levels) near() bool {
	return v.address == "same" || v.parents == "same" || v.contact == "equal"
}

// strangers tells of two people that Compare calls them different, from what
// is looked up at once: most of the candidates that a common name brings are
// namesakes of another age, and are not worth weighing.
func (l *Linker) strangers(a, b *Person) bool {
	switch {
	case !l.guards || a.Unborn || b.Unborn:
		return false
	case !a.named() || !b.named():
		return true
	case a.NHS != "" && a.NHS == b.NHS, a.UPN != "" && a.UPN == b.UPN:
		return false
	}
	return a.meetBorn(b) == "apart"
}

// guard returns the highest outcome that policy.md allows the pair, whatever
// it weighs, and why ("Same, update, repeat"). A twin, a namesake and a son of
// his father's name agree in almost everything.
func (v levels) guard() (Outcome, string) {
	switch {
	case v.given == "different" && v.number():
		return Possible, "one number, another forename"
	case v.given == "different":
		return Different, "another forename"
	case v.born == "apart" && !v.number():
		return Different, "another date of birth"
	case v.family == "different" && !v.near() && !v.number():
		return Different, "another surname, and neither address nor parent agrees"
	case v.nhs == "different" || v.upn == "different":
		return Possible, "another NHS number or UPN"
	case v.number() && v.given != "":
		return Same, ""
	}
	return v.guardName()
}

func (v levels) guardName() (Outcome, string) {
	sure := v.born == "equal" || v.born == "swapped" || v.born == "digit"
	switch {
	case v.given == "":
		return Possible, "no forename on one side"
	case v.given == "near" || v.given == "part":
		return Possible, "forename not surely the same"
	case v.given == "weak" && !(v.born == "equal" && v.near()):
		return Possible, "forename known in part"
	case (v.born == "swapped" || v.born == "digit") && !v.near():
		return Possible, "date of birth slips and neither address nor parent agrees"
	case v.born == "off":
		return Possible, "age does not fit"
	case !sure && !v.near():
		return Possible, "nothing but the name agrees surely"
	case (v.family == "different" || v.family == "part") && !(v.born == "equal" && v.near()):
		return Possible, "another surname"
	}
	return Same, ""
}
