package extract

import "sort"

// sym stands for a word or a family of words. A token carries the symbols of
// its word, of the families the word is in and of the stems it begins with.
type sym int32

// symset is the symbols of a word, laid out for the matcher: a bit for each,
// and where the phrases go on that begin with one of them.
type symset struct {
	bits  []uint64
	list  []sym
	roots []int32
	mask  mask
}

// mask holds one of 256 bits for every symbol of a set: two sets without a
// common bit have no common symbol.
type mask [4]uint64

func (m *mask) add(s sym) {
	at := uint32(s) * 2654435761 >> 24
	m[at>>6] |= 1 << (at & 63)
}

func (m *mask) meets(o *mask) bool {
	return m[0]&o[0]|m[1]&o[1]|m[2]&o[2]|m[3]&o[3] != 0
}

// has tells whether the set holds the symbol. A nil set is empty.
func (s *symset) has(x sym) bool { return s != nil && s.bits[x>>6]&(1<<(x&63)) != 0 }

// wordTree finds the symbols of a word letter by letter, without allocating.
type wordTree struct {
	nodes []wordNode
}

type wordNode struct {
	next     [charClasses]int32
	syms     []sym   // of the word that ends here, stems included
	stems    []sym   // of the stems on the way here
	set      *symset // of syms
	stemSet  *symset // of stems
	whole    bool    // a word of the lexicon ends here
	abbrev   bool
	stemNode int32 // nearest node on the way here where a stem ends, itself included
}

// charClasses is 26 letters, 10 digits, the slash and anything else.
const charClasses = 38

func charClass(c byte) byte {
	switch {
	case isLetter(c):
		return c | 0x20 - 'a'
	case isDigit(c):
		return c - '0' + 26
	case c == '/':
		return 36
	}
	return 37
}

func newWordTree() *wordTree { return &wordTree{nodes: make([]wordNode, 1, 4096)} }

// insert returns the node of a word, made if needed.
func (t *wordTree) insert(word string) int32 {
	n := int32(0)
	for i := 0; i < len(word); i++ {
		c := charClass(word[i])
		if t.nodes[n].next[c] == 0 {
			t.nodes = append(t.nodes, wordNode{})
			t.nodes[n].next[c] = int32(len(t.nodes) - 1)
		}
		n = t.nodes[n].next[c]
	}
	return n
}

func (t *wordTree) addWord(word string, s sym) {
	n := &t.nodes[t.insert(word)]
	n.whole = true
	n.syms = addSym(n.syms, s)
}

func (t *wordTree) addStem(stem string, s sym) {
	n := &t.nodes[t.insert(stem)]
	n.stems = addSym(n.stems, s)
}

func addSym(list []sym, s sym) []sym {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// finish hands the stems down to every word that begins with them, and the
// symbols of any number to the numbers that are words.
func (t *wordTree) finish(numbers []sym) {
	t.hand(0, nil, 0)
	t.digits(0, numbers)
}

func (t *wordTree) digits(n int32, numbers []sym) {
	for c := charClass('0'); c <= charClass('9'); c++ {
		next := t.nodes[n].next[c]
		if next == 0 {
			continue
		}
		if node := &t.nodes[next]; node.whole {
			for _, s := range numbers {
				node.syms = addSym(node.syms, s)
			}
		}
		t.digits(next, numbers)
	}
}

func (t *wordTree) hand(n int32, stems []sym, from int32) {
	node := &t.nodes[n]
	if len(node.stems) > 0 {
		stems = append(append([]sym{}, stems...), node.stems...)
		node.stems, from = stems, n
	}
	node.stemNode = from
	if node.whole {
		for _, s := range stems {
			node.syms = addSym(node.syms, s)
		}
		sort.Slice(node.syms, func(i, j int) bool { return node.syms[i] < node.syms[j] })
	}
	for _, next := range node.next {
		if next != 0 {
			t.hand(next, stems, from)
		}
	}
}

// wordWalk is a walk down the tree.
type wordWalk struct {
	t    *wordTree
	node int32
	lost bool
}

func (t *wordTree) begin() wordWalk { return wordWalk{t: t} }

func (w *wordWalk) step(c byte) {
	if w.lost {
		return
	}
	next := w.t.nodes[w.node].next[c]
	if next == 0 {
		w.lost = true
		return
	}
	w.node = next
}

// end returns the token's word: the node itself if a word of the lexicon ends
// there, else minus the node of the longest stem, else 0.
func (w *wordWalk) end() int32 {
	n := &w.t.nodes[w.node]
	if !w.lost && n.whole {
		return w.node
	}
	return -n.stemNode
}

// symbols returns the symbols of a token's word, nil if it has none.
func (t *wordTree) symbols(word int32) *symset {
	if word >= 0 {
		return t.nodes[word].set
	}
	return t.nodes[-word].stemSet
}

// lay makes the symbol sets of all words, once trie is complete.
func (t *wordTree) lay(tr *trie) {
	for i := range t.nodes {
		n := &t.nodes[i]
		n.set, n.stemSet = tr.set(n.syms), tr.set(n.stems)
	}
}

func (t *wordTree) abbreviation(word int32) bool { return word > 0 && t.nodes[word].abbrev }

// trie holds every phrase of the lexicon as paths of symbols. Phrases that
// begin alike share their first nodes.
type trie struct {
	nodes []trieNode
	syms  int // how many symbols there are
}

type trieNode struct {
	edges []trieEdge // of a crowded node sorted by symbol
	bits  []uint64   // symbols of the edges of a crowded node, else nil
	mask  mask       // of the edges' symbols
	gaps  []trieGap
	outs  []int32 // phrases that end here
	tree  bool    // reached by one path only, so that another phrase may share it
}

type trieEdge struct {
	sym sym
	to  int32
}

// trieGap lets min to max words pass over breaks up to brk.
type trieGap struct {
	min, max int
	brk      brk
	to       int32
}

func newTrie() *trie { return &trie{nodes: []trieNode{{tree: true}}} }

func (t *trie) node() int32 {
	t.nodes = append(t.nodes, trieNode{})
	return int32(len(t.nodes) - 1)
}

// step returns the node after from over one symbol, shared where it can be.
func (t *trie) step(from int32, s sym) int32 {
	if t.nodes[from].tree {
		for _, e := range t.nodes[from].edges {
			if e.sym == s && t.nodes[e.to].tree {
				return e.to
			}
		}
	}
	to := t.node()
	t.nodes[to].tree = t.nodes[from].tree
	t.link(from, s, to)
	return to
}

func (t *trie) link(from int32, s sym, to int32) {
	t.nodes[from].edges = append(t.nodes[from].edges, trieEdge{s, to})
}

// crowded is the number of edges from which a node is searched by symbol.
const crowded = 24

// finish lays out the crowded nodes; syms is how many symbols there are.
func (t *trie) finish(syms int) {
	t.syms = syms
	for i := range t.nodes[1:] {
		n := &t.nodes[i+1]
		for _, e := range n.edges {
			n.mask.add(e.sym)
		}
		if len(n.edges) < crowded {
			continue
		}
		sort.SliceStable(n.edges, func(a, b int) bool { return n.edges[a].sym < n.edges[b].sym })
		n.bits = make([]uint64, syms/64+1)
		for _, e := range n.edges {
			n.bits[e.sym>>6] |= 1 << (e.sym & 63)
		}
	}
}

// set lays out a list of symbols, nil if it is empty.
func (t *trie) set(list []sym) *symset {
	if len(list) == 0 {
		return nil
	}
	s := &symset{bits: make([]uint64, t.syms/64+1), list: list}
	for _, x := range list {
		s.bits[x>>6] |= 1 << (x & 63)
		s.mask.add(x)
	}
	for _, e := range t.nodes[0].edges {
		if s.has(e.sym) {
			s.roots = append(s.roots, e.to)
		}
	}
	return s
}

// hit is one phrase found: tokens [lo,hi). Bit i of gaps says that token lo+i
// stood in a gap.
type hit struct {
	out    int32
	lo, hi int32
	gaps   uint64
}

// matcher runs the trie over tokens. extra gives the symbols of tokens that
// are names of the notice's people.
type matcher struct {
	trie    *trie
	words   *wordTree
	toks    []token
	extra   []*symset // by token.person
	numbers *symset   // of a number that is no word of the lexicon
	sets    []*symset // by token
	masks   []mask    // by token: the mask of its set
	hits    []hit
	lo      int
}

// match finds every phrase that begins anywhere in the tokens.
func (m *matcher) match() {
	m.sets, m.masks = m.sets[:0], m.masks[:0]
	for i := range m.toks {
		s, has := m.symbols(i), mask{}
		if s != nil {
			has = s.mask
		}
		m.sets, m.masks = append(m.sets, s), append(m.masks, has)
	}
	for i := range m.toks {
		m.lo = i
		if s := m.sets[i]; s != nil {
			for _, to := range s.roots {
				m.walk(to, i+1, brkNone, 0)
			}
		}
	}
}

func (m *matcher) symbols(i int) *symset {
	t := &m.toks[i]
	switch {
	case t.person != 0:
		return m.extra[t.person]
	case t.kind == tokenWord:
		return m.words.symbols(t.word)
	case t.kind == tokenNumber && t.word <= 0:
		return m.numbers
	case t.kind == tokenNumber:
		return m.words.symbols(t.word)
	}
	return nil
}

// walk follows node n from token pos on; the break in front of pos may be at
// most over.
func (m *matcher) walk(n int32, pos int, over brk, gaps uint64) {
	node := &m.trie.nodes[n]
	for _, o := range node.outs {
		m.hits = append(m.hits, hit{o, int32(m.lo), int32(pos), gaps})
	}
	for i := range node.gaps {
		m.gap(&node.gaps[i], pos, gaps)
	}
	if pos >= len(m.toks) || !node.mask.meets(&m.masks[pos]) || m.toks[pos].brk > over {
		return
	}
	s := m.sets[pos]
	if node.bits != nil {
		m.crowd(node, s, pos, gaps)
		return
	}
	for i := range node.edges {
		if e := &node.edges[i]; s.bits[e.sym>>6]&(1<<(e.sym&63)) != 0 {
			m.walk(e.to, pos+1, brkNone, gaps)
		}
	}
}

// crowd follows the edges of a crowded node by the symbols of the token.
func (m *matcher) crowd(node *trieNode, s *symset, pos int, gaps uint64) {
	for _, want := range s.list {
		if node.bits[want>>6]&(1<<(want&63)) == 0 {
			continue
		}
		i := sort.Search(len(node.edges), func(i int) bool { return node.edges[i].sym >= want })
		for ; i < len(node.edges) && node.edges[i].sym == want; i++ {
			m.walk(node.edges[i].to, pos+1, brkNone, gaps)
		}
	}
}

// gap tries the words after a gap, walking only where the next word may fit.
func (m *matcher) gap(g *trieGap, pos int, gaps uint64) {
	node := &m.trie.nodes[g.to]
	plain := len(node.gaps) == 0 && len(node.outs) == 0
	end := min(pos+g.max, len(m.toks)-1)
	for at := pos; at <= end; at++ {
		if at-pos >= g.min && (!plain || node.mask.meets(&m.masks[at])) {
			m.walk(g.to, at, g.brk, gaps)
		}
		if m.toks[at].brk > g.brk {
			return
		}
		if at-m.lo < 64 {
			gaps |= 1 << (at - m.lo)
		}
	}
	if pos+g.max > end && !plain && end+1-pos >= g.min {
		m.walk(g.to, end+1, g.brk, gaps)
	}
}
