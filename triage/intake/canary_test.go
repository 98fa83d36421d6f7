package intake

import (
	"context"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestCanaries are counted and open no item, also when their reader fails; any
// other mail on their subject is a notice, and their bytes on another subject are.
func TestCanaries(t *testing.T) {
	w := newTown(mail(1), CanaryMail(), mail(2), CanaryMail(), append(CanaryMail(), ' '), CanaryMail())
	for n, force := range []string{"wyp", CanaryForce, CanaryForce, CanaryForce, CanaryForce, "wyp"} {
		w.mails.notices[n].Force = force
	}
	worker := w.worker(w.book())
	read := worker.Letter
	worker.Letter = func(mail []byte) triage.Letter {
		if w.world.Ledger().Through == 3 {
			panic("a reader that fails")
		}
		return read(mail)
	}
	w.mails.atMost = 3
	drain(t, worker)
	l := w.check(t, 6).Ledger()
	if l.Kinds[triage.LetterCanary] != 2 || l.Kinds[triage.LetterNotice] != 4 || l.Opened+l.Joined != 4 {
		t.Errorf("kinds %v, %d opened, %d joined; want two canaries and four notices", l.Kinds, l.Opened, l.Joined)
	}
	snap, err := w.world.Load(context.Background())
	if err != nil || snap.Ledger.Check() != nil {
		t.Errorf("the counts contradict each other: %v, %v", err, snap.Ledger.Check())
	}
}
