package faults

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// accepted is a mail of which the police were told that it is safe.
type accepted struct {
	seq    uint64
	sha256 string
}

// police push mails until each is accepted, as their spool does.
type police struct {
	pusher *jet.Pusher
	mails  func() int // the next mail's number

	lock     sync.Mutex
	accepted []accepted
}

const (
	force    = "wyp"
	mailPace = 90 * time.Millisecond
	oneTry   = 2 * time.Second
)

// push hands in one mail after the other until work ends. A mail begun is
// pushed until it is accepted or ctx ends.
func (p *police) push(ctx, work context.Context) {
	for work.Err() == nil {
		m := mail(p.mails())
		for ctx.Err() == nil && !p.one(ctx, m) {
			rest(ctx, 100*time.Millisecond)
		}
		rest(work, mailPace)
	}
}

func (p *police) one(ctx context.Context, m []byte) bool {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	seq, err := p.pusher.PublishNotice(ctx, force, m, "")
	if err != nil {
		return false
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.accepted = append(p.accepted, accepted{seq, sum(m)})
	return true
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// mail is the n-th of a busy day at a front door. Most are notices, each of an
// incident in a family of its own; some are news of an earlier one, the same
// mail again, answers of machines, or nothing that can be read.
func mail(n int) []byte {
	switch n % 20 {
	case 7:
		return notice(n-3, fmt.Sprintf("UPDATE %d: father has since come back to the address, mother and child now with the grandmother.", n))
	case 11:
		return fmt.Appendf(nil, "From: mailer@westyorks.police.example\r\nTo: frontdoor@council.example\r\nSubject: Automatic reply: out of the office\r\n"+
			"Message-ID: <a%d@westyorks.police.example>\r\nAuto-Submitted: auto-replied\r\n\r\nI am on leave until day %d.\r\n", n, n)
	case 15:
		return scrap(n)
	case 17:
		return mail(n - 5)
	}
	return notice(n, "Verbal argument between the parents, no assault. Child upstairs.")
}

// scrap is a mail of which nothing can be read.
func scrap(n int) []byte {
	dice := rand.New(rand.NewPCG(uint64(n), 2)) //nolint:gosec // to be repeated, not to be secret
	b := make([]byte, 300)
	for i := range b {
		b[i] = byte(128 + dice.IntN(128))
	}
	return b
}

func notice(n int, circs string) []byte {
	given := []string{"Ava", "Noah", "Mia", "Leo", "Zara", "Adam", "Ines", "Omar"}[n%8]
	family := []string{"Brack", "Thorn", "Winter", "Hollow", "Fen"}[n%5] + []string{"ley", "wick", "dale", "ford", "by", "worth", "ham"}[n/5%7]
	return fmt.Appendf(nil, "From: PC Test <pc%d@westyorks.police.example>\r\nTo: frontdoor@council.example\r\nSubject: PPN 1326%07d\r\nMessage-ID: <t%d.%.8s@westyorks.police.example>\r\n\r\n"+
		"PPN REF: 1326%07d\r\nWHEN: %02d/%02d/2026 18:40hrs\r\nWHERE: %d Test%d Road, Bradford, BD%d %d%s\r\nGRADING BY OFFICER: STANDARD\r\nOFFICER: PC %d TEST\r\n\r\n"+
		"PERSONS\r\n1) %s, %s / DOB %02d/%02d/%d / child\r\n\r\nCIRCS\r\n%s\r\n\r\nRESULT\r\nAdvice given, father left to his mother's.\r\n",
		n, n, n, sum([]byte(circs)), n, n%28+1, n%9+1, n%200+1, n, n%20+1, n%9+1, []string{"AB", "CD", "EF", "GH"}[n%4], 1000+n,
		strings.ToUpper(family), given, n%28+1, n%12+1, 2009+n%15, circs)
}
