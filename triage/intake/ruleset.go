package intake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage/extract"
	"github.com/ppn-triage/ppn-triage/triage/link"
	"github.com/ppn-triage/ppn-triage/triage/rules"
)

// Ruleset is everything that a set of rule files says about reading, linking
// and scoring, compiled. It is immutable and safe for concurrent use.
type Ruleset struct {
	Hash   string // hex SHA-256 of the packed files
	Bytes  []byte // the packed files, as RulesActivated carries them
	Rules  *rules.Set
	Reader *extract.Reader
	Linker *link.Linker
}

// lexiconDir holds the files of the lexicon within a ruleset.
const lexiconDir = "lexicon/"

// Compile checks and compiles rule files by name. It is the one validator: for
// the start of the daemon, for a check by hand and for activation. The error
// names every problem at once.
func Compile(files map[string][]byte) (*Ruleset, error) {
	set, err := rules.Load(files)
	reader, rerr := extract.New(extractConfig(files))
	linker, lerr := link.New(link.Config{Weights: files["link.yaml"], Names: files["names.yaml"]})
	if err := errors.Join(err, rerr, lerr); err != nil {
		return nil, err
	}
	return &Ruleset{Hash: set.Hash(), Bytes: rules.Pack(files), Rules: set, Reader: reader, Linker: linker}, nil
}

// Unpack compiles the bytes of a RulesActivated event.
func Unpack(packed []byte) (*Ruleset, error) {
	files, err := rules.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack rules: %w", err)
	}
	return Compile(files)
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
