package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/extract"
	"github.com/ppn-triage/ppn-triage/triage/link"
	"github.com/ppn-triage/ppn-triage/triage/rules"
)

// Ruleset is everything that rule files say about reading and scoring,
// compiled, with the linking that goes with the program. It is immutable and
// safe for concurrent use.
type Ruleset struct {
	Hash   string // hex SHA-256 of the packed files
	Bytes  []byte // the packed files, as RulesActivated carries them
	Rules  *rules.Set
	Reader *extract.Reader
	Cases  *link.Cases // the case list in force; nil if none was ever loaded
	Linking
}

// Linking is how notices are matched. Its data go with the program and not
// with the rules of the log, because the index in Redis is made by them: each
// Version has an index of its own, so two versions of the program may run side
// by side.
type Linking struct {
	Linker  *link.Linker
	Version string
}

// linkingCode counts the changes of what Redis keeps for an item or a notice.
const linkingCode = "6"

// The files of linking, and the folder of the lexicon within a ruleset.
const (
	weightsFile = "link.yaml"
	namesFile   = "names.yaml"
	lexiconDir  = "lexicon/"
)

// ruleFiles are the files of a ruleset beside its lexicon.
var ruleFiles = []string{"facts.yaml", "labels.yaml", "policy.yaml"}

// CompileLinking compiles the linking data among rule files.
func CompileLinking(files map[string][]byte) (Linking, error) {
	l, err := link.New(link.Config{Weights: files[weightsFile], Names: files[namesFile]})
	if err != nil {
		return Linking{}, err
	}
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(linkingCode), files[weightsFile], files[namesFile]} {
		fmt.Fprintf(sum, "%d:", len(part))
		sum.Write(part)
	}
	return Linking{Linker: l, Version: hex.EncodeToString(sum.Sum(nil)[:4])}, nil
}

// Compile checks and compiles rule files by name. It is the one validator: for
// the start of the daemon, for a check by hand and for activation. The error
// names every problem at once.
func Compile(files map[string][]byte, linking Linking) (*Ruleset, error) {
	files = maps.Clone(files)
	delete(files, weightsFile)
	delete(files, namesFile)
	set, err := rules.Load(files)
	reader, rerr := extract.New(extractConfig(files))
	if err := errors.Join(err, rerr, complete(files)); err != nil {
		return nil, err
	}
	return &Ruleset{Hash: set.Hash(), Bytes: rules.Pack(files), Rules: set, Reader: reader, Linking: linking}, nil
}

// complete refuses a ruleset with a file that nobody would read, and one
// without words: it would find nothing in any mail, and say nothing of it.
func complete(files map[string][]byte) error {
	var errs []error
	words := false
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case strings.HasPrefix(name, lexiconDir):
			words = true
		case !slices.Contains(ruleFiles, name):
			errs = append(errs, fmt.Errorf("%s: no file of a ruleset; there are %s and those of %s", name, strings.Join(ruleFiles, ", "), lexiconDir))
		}
	}
	if !words {
		errs = append(errs, fmt.Errorf("%s: missing from the ruleset", lexiconDir))
	}
	return errors.Join(errs...)
}

// Unpack compiles the bytes of a RulesActivated event.
func Unpack(packed []byte, linking Linking) (*Ruleset, error) {
	files, err := rules.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack rules: %w", err)
	}
	return Compile(files, linking)
}

// CompileAll compiles rule files and linking data together.
func CompileAll(files map[string][]byte) (*Ruleset, error) {
	linking, lerr := CompileLinking(files)
	rs, err := Compile(files, linking)
	if err := errors.Join(err, lerr); err != nil {
		return nil, err
	}
	return rs, nil
}

func extractConfig(files map[string][]byte) extract.Config {
	lexicon := map[string][]byte{}
	for name, data := range files {
		if strings.HasPrefix(name, lexiconDir) {
			lexicon[name] = data
		}
	}
	return extract.Config{Labels: files["labels.yaml"], Vocabulary: files["facts.yaml"], Lexicon: lexicon}
}

// Index is what the store keeps of an item for linking: its record and the
// plain keys it is found under, by what it holds, by what it links to and by
// what a recall would name it by.
func (l Linking) Index(i *triage.Item) (record []byte, keys []string, err error) {
	r := l.Linker.RecordOf(i)
	keys = l.Linker.Keys(r)
	if i.JoinedInto == "" {
		keys = append(keys, titleKeys(i)...)
		for _, k := range i.Links {
			keys = append(keys, backKey(k.To))
		}
	}
	return r.Encode(), union(keys, nil), nil
}

// backKey is the key under which the items are found that link to an item.
func backKey(to triage.ItemID) string { return "to:" + string(to) }
