package intake

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// recallMail asks a mail back as Outlook does; head holds more headers.
func recallMail(from, subject, head string) []byte {
	return fmt.Appendf(nil, "From: %s\r\nSubject: Recall: %s\r\nMessage-ID: <recall@westyorks.police.example>\r\n%s\r\nPC Test would like to recall the message, \"%s\".\r\n", from, subject, head, subject)
}

// TestARecallFlagsWhatItRecalls, by the Message-ID that it names or by sender
// and subject, in the same batch and later; never what it does not name surely.
func TestARecallFlagsWhatItRecalls(t *testing.T) {
	from := func(n int) string { return fmt.Sprintf("PC Test <pc%d@westyorks.police.example>", n) }
	subject := func(n int) string { return fmt.Sprintf("PPN 1326%07d", n) }
	twice := []byte(strings.Replace(string(mail(2)), subject(2), subject(1), 1)) // another mail of that subject, by another officer
	same := []byte(strings.Replace(string(twice), "pc2@", "pc1@", 1))            // and by the same
	for name, c := range map[string]struct {
		mails  [][]byte
		recall []byte
		want   []int // places of the mails flagged
	}{
		"subject":                       {mails(1, 4), recallMail(from(2), subject(2), ""), []int{1}},
		"subject in other case":         {mails(1, 4), recallMail(from(2), strings.ToLower(subject(2))+" ", ""), []int{1}},
		"another sender":                {mails(1, 4), recallMail(from(3), subject(2), ""), nil},
		"subject of two officers":       {[][]byte{mail(1), twice}, recallMail(from(2), subject(1), ""), []int{1}},
		"subject of two mails":          {[][]byte{mail(1), same}, recallMail(from(1), subject(1), ""), nil},
		"two mails, In-Reply-To":        {[][]byte{mail(1), same}, recallMail(from(1), subject(1), "In-Reply-To: <t2@westyorks.police.example>\r\n"), []int{1}},
		"References":                    {mails(1, 4), recallMail(from(9), "x", "References: <other@a.example> <t3@westyorks.police.example>\r\n"), []int{2}},
		"the last of a thread":          {mails(1, 4), recallMail(from(9), "x", "References: <t1@westyorks.police.example> <t3@westyorks.police.example>\r\n"), []int{2}},
		"sent twice":                    {[][]byte{mail(1), mail(1), mail(2)}, recallMail(from(1), subject(1), ""), []int{0}},
		"nothing that anybody has sent": {mails(1, 4), recallMail(from(9), "x", "In-Reply-To: <nobody@a.example>\r\n"), nil},
	} {
		for _, later := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", later ", later), func(t *testing.T) {
				w := newTown(c.mails...)
				if later {
					drain(t, w.worker(w.book()))
				}
				w.mails.push(c.recall)
				drain(t, w.worker(w.book()))
				world := w.check(t, len(c.mails)+1)
				var got []int
				for n := range c.mails {
					for _, i := range world.Items() {
						flagged := slices.Contains(i.Flags, triage.FlagRecalled)
						if i.Entries[0].Seq == uint64(n+1) && flagged {
							got = append(got, n)
						}
						if flagged && i.State() != triage.Waiting {
							t.Errorf("a recall makes item %s %s, want it to wait for a person", i.ID, i.State())
						}
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("flagged the items of mails %v, want %v", got, c.want)
				}
			})
		}
	}
}

// TestTheRecallOfTheCorpus, as Outlook sends them: no header names the mail.
func TestTheRecallOfTheCorpus(t *testing.T) {
	var mails [][]byte
	for _, file := range []string{"039", "040", "041"} {
		mails = append(mails, must(os.ReadFile("testdata/corpus/"+file+".eml")))
	}
	w := newTown(mails...)
	drain(t, w.worker(w.book()))
	for _, i := range w.check(t, 3).Items() {
		if got, want := slices.Contains(i.Flags, triage.FlagRecalled), i.Entries[0].Seq == 2; got != want {
			t.Errorf("the item of mail %d: recalled %v, want %v", i.Entries[0].Seq, got, want)
		}
	}
}

// TestTheRecallFollowsTheNotice: it changes neither band nor time, asks nobody
// to decide again, and goes with the notice when that is split off.
func TestTheRecallFollowsTheNotice(t *testing.T) {
	d := newDesk(t)
	d.take(d.update(family(0), "dash"))
	i := d.take(d.update(family(0), "threat_to_kill"))
	if len(i.Entries) != 2 {
		t.Fatalf("the second notice stands in %d entries, want it joined", len(i.Entries))
	}
	d.decide(i.ID)
	was := d.item(i.ID)
	news := was.Entries[1]
	d.plain(triage.NoticeRecalled{Item: i.ID, Notice: news.Notice, By: "r"})
	got := d.item(i.ID)
	if !slices.Contains(got.Flags, triage.FlagRecalled) || got.State() != triage.DecidedState || got.Band() != was.Band() || !got.Due.Equal(was.Due) {
		t.Errorf("recalled: %s %s, due %s, flags %q; was %s %s, due %s", got.State(), got.Band(), got.Due, got.Flags, was.State(), was.Band(), was.Due)
	}
	part := triage.NewItemID("f", "split", 1, 0)
	d.must("ash", triage.NoticeSplit{Item: i.ID, Notice: news.Notice, New: part, Reason: "another house"})
	if a, b := d.item(i.ID), d.item(part); slices.Contains(a.Flags, triage.FlagRecalled) || !slices.Contains(b.Flags, triage.FlagRecalled) {
		t.Errorf("split: flags %q stay, %q go with the notice", a.Flags, b.Flags)
	}
	if err := d.act("ash", triage.NoticeRecalled{Item: i.ID, Notice: "nobody's"}); err == nil {
		t.Error("a recall of a notice that the item does not hold was taken")
	}
}
