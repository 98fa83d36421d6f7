package intake

import (
	"bytes"

	"github.com/ppn-triage/ppn-triage/triage"
)

// CanaryForce is the last token of the subject that canaries come on. No force
// has that name, and only the service may publish there.
const CanaryForce = "canary"

// CanaryMail is a notice that is none: it goes the whole way from the stream to
// the receipt, so that a way that is blocked is noticed while no police force
// sends anything. It is counted as a mail and never stands in the queue.
func CanaryMail() []byte {
	return []byte("From: triaged@canary.example\r\nTo: triaged@canary.example\r\nSubject: Canary\r\n\r\n" +
		"This is no notice and concerns nobody. It shows that notices come through.\r\n")
}

// isCanary knows a canary by its subject and by every byte. Anything else on
// that subject is a notice.
func isCanary(n Notice) bool {
	return n.Force == CanaryForce && n.Truncated == "" && bytes.Equal(n.Data, CanaryMail())
}

// canary is what is left of one that was read.
func (w *Worker) canary(n Notice, l *triage.Letter) reading {
	l.Kind, l.Why = triage.LetterCanary, "canary"
	return reading{event: w.noticeRead(n, l)}
}
