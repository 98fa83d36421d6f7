package audit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// TestCaseListTakesEffectWithItsLastPart: until then the list before it is in
// force; of two lists that come at once the one that began later goes on.
func TestCaseListTakesEffectWithItsLastPart(t *testing.T) {
	w := audit.NewWorld(nil)
	part := func(list string, n, of int) error {
		at := w.Ledger().Seq
		_, err := w.Apply(t.Context(), triage.Commit{ID: fmt.Sprint(at), Seq: at + 1, Events: []triage.Event{
			triage.CaseRows{List: list, AsOf: "2026-09-01", Part: n, Parts: of, Rows: make([]triage.CaseRow, 10)},
		}})
		return err
	}
	inForce := func(list string, rows int) {
		t.Helper()
		if c := w.Ledger().Cases; c.ID != list || c.Rows != rows {
			t.Errorf("list %q of %d rows is in force, want %q of %d", c.ID, c.Rows, list, rows)
		}
	}
	for _, step := range []struct {
		list    string
		n, of   int
		refused bool
		force   string
		rows    int
	}{
		{"a", 1, 2, false, "", 0},
		{"a", 2, 2, false, "a", 20},
		{"b", 1, 3, false, "a", 20},
		{"b", 3, 3, true, "a", 20},
		{"b", 2, 3, false, "a", 20},
		{"c", 2, 2, true, "a", 20},
		{"c", 1, 2, false, "a", 20},
		{"b", 3, 3, true, "a", 20},
		{"c", 2, 2, false, "c", 20},
		{"d", 1, 1, false, "d", 10},
	} {
		before := w.Ledger().Seq
		err := part(step.list, step.n, step.of)
		if refused := errors.Is(err, triage.ErrState); refused != step.refused || !refused && err != nil {
			t.Errorf("part %d of %d of %s = %v", step.n, step.of, step.list, err)
		}
		if moved := w.Ledger().Seq > before; moved == step.refused {
			t.Errorf("part %d of %d of %s moved the log: %v", step.n, step.of, step.list, moved)
		}
		inForce(step.force, step.rows)
	}
}
