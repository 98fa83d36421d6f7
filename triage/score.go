package triage

import "time"

// Band is how urgent an item is. A higher Band is more urgent.
type Band uint8

// The bands of policy.md.
const (
	BandUnknown Band = iota
	Blue
	Green
	Amber
	Red
)

// Matter is what the rules score: everything known of one incident.
type Matter struct {
	Children []Child
	Entries  []Entry // one a notice, in order of receipt
	History  History
	At       time.Time // receipt of the newest notice; what "within 90 days" counts from is the incident
}

// Entry is one notice's part in an item.
type Entry struct {
	Notice    NoticeID
	Part      int // number of the reading in a digest, else 0
	Seq       uint64
	Received  time.Time
	Relation  Relation
	Why       []string // evidence of the join, for a person
	MessageID string   // hex SHA-256 of the Message-ID
	Content   string   // Letter.ContentHash
	Title     string   // hex SHA-256 of sender and subject, by which a recall may name it
	Via       string   // force whose system handed the mail in: last token of the subject
	Readable  bool     // false: manual_read
	Struck    bool
	Settled   bool // a decision on every child of the item has taken it in

	TextErased     bool // its words, and its mail in the second copy
	IdentityErased bool // the people, addresses and references in it

	Reading  Reading
	Problems []Problem
}

// Child is one child of an item, over all notices that name it.
type Child struct {
	ID     string // stable in the item: "c1", "c2", in order of appearance
	Person Person // merged over the notices
	From   []Mention
	Status string   // "child_protection", "looked_after", "child_in_need" or empty; from the case list or a person
	AsOf   string   // YYYY-MM-DD, day that the status was known to be so
	ByList bool     // the status is the case list's, not a person's
	Case   string   // id in the case system, by the case list
	Worker string   // allocated worker, by the case list
	DOBs   []string // every date of birth the notices give, when they differ
}

// Mention says which person of which entry a child is.
type Mention struct {
	Entry  int
	Person int
}

// History is what earlier incidents add. Only confirmed links count.
type History struct {
	Incidents []PastIncident
	ClosedAt  string // YYYY-MM-DD when children's social care closed the case last; empty if not known
}

// PastIncident is an earlier item of the child or of a child of its household.
type PastIncident struct {
	Item    ItemID
	Date    string   // incident date, else day of receipt, YYYY-MM-DD
	Harm    bool     // a counted factor with an H row
	Slugs   []string // factors that counted
	Band    Band
	Counted bool // false for missing-only incidents (which count in their row alone) and BLUE without a counted factor
}

// Score is the answer of the rules, with every reason. Points are hundredths.
type Score struct {
	Band     Band
	Points   int // 0..12000, orders inside a tier
	Own      int
	OwnBand  Band
	Floor    Band   // highest floor
	FloorBy  string // rule case that set it
	Worst    string // Child.ID whose score this is
	Hits     []Hit  // of the worst child, highest first; absent and hypothetical facts too, with 0 points
	Parts    []Part // interaction, vulnerability, history, quality
	Children []ChildScore
	Flags    []string // restricted, nothing_read, manual_read, pattern, confirm_first …, sorted
	Ruleset  string   // hex SHA-256 of the rules' bytes
	Unsafe   bool     // one of the factors that stand first in tier 0
}

// ChildScore is one child's own result.
type ChildScore struct {
	Child  string
	Band   Band
	Points int
}

// Hit is one rule that looked at one factor.
type Hit struct {
	Rule   string // rule id
	Case   string // which row of the rule fitted; empty if none counted
	Slug   string
	Title  string
	Weight int // hundredths, after the share for historic facts; 0 if it does not count
	Points int // what it adds to the score: Weight for the highest, else 30 % of it
	Floor  Band
	Harm   bool
	CIN    string // DfE factor code
	Entry  int    // where the deciding fact stands
	Fact   int
}

// Part is an addition that no single factor makes.
type Part struct {
	Name   string // "interaction", "vulnerability", "history", "quality"
	Why    string
	Points int
}
