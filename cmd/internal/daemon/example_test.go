package daemon

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

const example = "../../../deploy/triaged.yaml"

// option is a line of the example that shows a key behind "#".
var option = regexp.MustCompile(`(?m)^( *)# ( *[a-z][a-z0-9_.@]*:( .*)?)$`)

// shown is the example with every key in force, as a person would write it.
func shown(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return option.ReplaceAll(b, []byte("$1$2"))
}

// TestTheExampleShowsEveryKey, each with a value that the daemon takes.
func TestTheExampleShowsEveryKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "all.yaml")
	if err := os.WriteFile(path, shown(t), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatalf("with every key in force the example does not load: %v", err)
	}
	if _, err := New(c); err != nil {
		t.Errorf("with every key in force the example is refused: %v", err)
	}
	var there map[string]any
	if err := yaml.Unmarshal(shown(t), &there); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keysOf(reflect.TypeFor[Config](), ""), keysIn(there, reflect.TypeFor[Config](), "")); diff != "" {
		t.Errorf("keys of the configuration (-) and of the example (+):\n%s", diff)
	}
}

// TestTheExampleShowsTheDefaults: what stands in force in it is what a daemon
// without any configuration does.
func TestTheExampleShowsTheDefaults(t *testing.T) {
	c, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	var plain Config
	c.Defaults()
	plain.Defaults()
	for _, path := range []*string{&c.Data, &c.Archive.Dir, &c.Redis.IndexKeyFile, &c.SigningKey, &c.MasterKey} {
		*path = filepath.Clean(*path)
	}
	c.NATS.Replicas, c.NATS.KeepNotices, c.Calendar.Zone = 0, 0, "" // defaults of the log and the calendar
	if diff := cmp.Diff(plain, c); diff != "" {
		t.Errorf("defaults (-) and example (+):\n%s", diff)
	}
}

// keysOf lists the keys that a configuration may have.
func keysOf(t reflect.Type, path string) (keys []string) {
	for n := range t.NumField() {
		f := t.Field(n)
		key := path + f.Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(f.Type, key+".")...)
		} else {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// keysIn lists the keys that stand in a file.
func keysIn(m map[string]any, t reflect.Type, path string) (keys []string) {
	for k, v := range m {
		var sub reflect.Type
		for n := range t.NumField() {
			if f := t.Field(n); f.Tag.Get("yaml") == k && f.Type.Kind() == reflect.Struct {
				sub = f.Type
			}
		}
		if below, ok := v.(map[string]any); ok && sub != nil {
			keys = append(keys, keysIn(below, sub, path+k+".")...)
		} else {
			keys = append(keys, path+k)
		}
	}
	slices.Sort(keys)
	return keys
}

// TestTheRunbookNamesWhatThereIs: an alarm on a figure that nobody counts never
// rings.
func TestTheRunbookNamesWhatThereIs(t *testing.T) {
	b, err := os.ReadFile("../../../deploy/RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]bool{}
	descs := make(chan *prometheus.Desc, 100)
	newMetrics().registry.Describe(descs)
	close(descs)
	for d := range descs {
		_, name, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ = strings.Cut(name, `"`)
		counted[name] = true
	}
	named := regexp.MustCompile(`ppn_[a-z_]+`).FindAllString(string(b), -1)
	if len(named) < 5 || !counted["ppn_oldest_unseen_seconds"] {
		t.Fatalf("the runbook names %v, the daemon counts %v", named, counted)
	}
	for _, n := range named {
		if !counted[n] {
			t.Errorf("the runbook names %s, which the daemon does not count", n)
		}
	}
}
