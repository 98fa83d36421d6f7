package triage

// Snapshot is a consistent view of what the log looks like now: every part of
// it reflects the same position.
type Snapshot struct {
	Position uint64
	Ledger   Ledger
	Items    map[ItemID]*Item // the ones asked for that exist
}

// Candidate is an item that shares a linking key with a notice.
type Candidate struct {
	Item   ItemID
	Record []byte // its linking record, as package link encodes it
	Under  []int  // which of the keys asked for it stands under, ascending
}

// Row is an item in the queue with its place there.
type Row struct {
	Order  uint64
	Member string
	Item   *Item
}

// Place is where a notice stands in both streams.
type Place struct {
	Notice uint64 // sequence in the notices stream
	Commit uint64 // log sequence of the commit that took it in
}
