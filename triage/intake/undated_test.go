package intake

import (
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// TestMailWithoutADate is read against the day it was stored: without one no
// date of birth could be told from a date to come, and the child was lost.
func TestMailWithoutADate(t *testing.T) {
	mail := "From: PC Test <pc@westyorks.police.example>\r\nSubject: Baby\r\n\r\nOcc 13260401177\r\nChild: Jack SMITH dob 01/10/2026. Mother Anna SMITH.\r\n" +
		"Baby has a large bruise to his left cheek.\r\nPC 7719 Ogilvie\r\n"
	w := &Worker{Letter: letter.Read, FrontDoor: "bradford", Stream: "s", Now: time.Now}
	r := w.read(defaults(), Notice{Seq: 1, Time: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), Data: []byte(mail)})
	if len(r.parts) != 1 || len(r.parts[0].Reading.Children()) != 1 {
		t.Fatalf("read() = %+v, want one part with one child", r.parts)
	}
	if c := r.parts[0].Reading.People[r.parts[0].Reading.Children()[0]]; c.DOB != "2026-10-01" || c.Role != triage.RoleChild {
		t.Errorf("the child is %+v, want one born on 2026-10-01", c)
	}
}
