package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// pusher hands in mails, one after the other in the order given, and then
// fetches their receipts.
type pusher struct {
	*flags
	spool  *spool
	conn   *jet.Conn
	doors  map[string]*jet.Pusher
	report *report

	stopped error   // why nothing more is sent: it would fail for every mail
	deaf    error   // why no receipt can be read
	waiting []entry // accepted, without a receipt
}

func (p *pusher) close() {
	if p.conn != nil {
		p.conn.Close()
	}
}

// resume goes on with what an earlier run has left in the spool.
func (p *pusher) resume(ctx context.Context) {
	p.waiting = p.spool.in(accepted)
	for _, e := range p.spool.in(pending) {
		data, err := p.spool.data(e)
		if err != nil {
			p.report.refused(e, err)
			continue
		}
		p.deliver(ctx, e, data)
	}
}

// give takes one mail as it was found, or the error that kept it from being
// read.
func (p *pusher) give(ctx context.Context, m mail, err error) {
	e := newEntry(m, p.FrontDoor, p.Force)
	if err != nil {
		p.report.refused(e, err)
		return
	}
	if known, ok := p.spool.known[e.key()]; ok && known.State != pending && !p.Again {
		p.report.known(known, m.name)
		return
	}
	if err := p.spool.add(e, m.data); err != nil {
		p.report.refused(e, err)
		return
	}
	p.deliver(ctx, e, m.data)
}

// deliver publishes one mail until the log of notices has it.
func (p *pusher) deliver(ctx context.Context, e entry, data []byte) {
	if p.stopped != nil {
		p.report.refused(e, fmt.Errorf("not sent: %w", p.stopped))
		return
	}
	head, truncated := jet.Truncate(data)
	seq, err := p.publish(ctx, e, head, truncated)
	if err != nil {
		p.report.refused(e, err)
		return
	}
	e.State, e.Seq, e.Sent = accepted, seq, digest(head)
	if err := p.spool.set(e); err != nil {
		p.report.trouble(err)
	}
	p.waiting = append(p.waiting, e)
	p.report.accepted(e, truncated != "")
}

// wait is how long to wait between two attempts.
const firstWait, longestWait = 100 * time.Millisecond, 2 * time.Second

// publish tries until the mail is accepted, refused for good, or patience is
// at its end. A mail that was published twice joins its item as a resend.
func (p *pusher) publish(ctx context.Context, e entry, head []byte, truncated string) (uint64, error) {
	until := time.Now().Add(p.Patience)
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		seq, err := p.once(ctx, e, head, truncated)
		switch {
		case err == nil:
			return seq, nil
		case errors.Is(err, jet.ErrTooLarge):
			return 0, err // this mail alone
		case ctx.Err() != nil:
			p.stopped = errors.New("stopped by the user")
		case errors.Is(err, jet.ErrDenied):
			p.stopped = fmt.Errorf("%w: hand in notices of force %s at front door %s; ask the operator for the permission to publish on ppn.notice.%s.%s",
				jet.ErrDenied, e.Force, e.FrontDoor, e.FrontDoor, e.Force)
		case errors.Is(err, jet.ErrFull):
			p.stopped = fmt.Errorf("the log of notices of front door %s is full and takes nothing more; tell the operator, keep the mails and run this again", e.FrontDoor)
		case time.Now().Add(wait).After(until):
			p.stopped = fmt.Errorf("time-out after %s: %w", p.Patience, err)
		}
		if p.stopped != nil {
			return 0, p.stopped
		}
		p.report.retrying(err, p.Patience)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (p *pusher) once(ctx context.Context, e entry, head []byte, truncated string) (uint64, error) {
	door, err := p.door(ctx, e.FrontDoor)
	if err != nil {
		return 0, err
	}
	return door.PublishNotice(ctx, e.Force, head, truncated)
}

// door is the police side of a front door, over a connection made with the
// first use.
func (p *pusher) door(ctx context.Context, name string) (*jet.Pusher, error) {
	if d := p.doors[name]; d != nil {
		return d, nil
	}
	if p.conn == nil {
		c, err := jet.Connect(ctx, jet.Options{
			URL: p.NATS, User: jet.User{Credentials: p.Creds, NKey: p.NKey, InboxPrefix: p.InboxPrefix},
			CA: p.CA, Cert: p.Cert, Key: p.Key, Name: "noticepush",
		})
		if err != nil {
			return nil, err
		}
		p.conn = c
	}
	d, err := p.conn.Pusher(name)
	p.doors[name] = d
	return d, err
}

// receipt is what a force is told of its mail: the public part of the message
// that package duty sends, named Receipt there.
type receipt struct {
	Notice   string `json:"notice_id"`
	SHA256   string `json:"sha256"`
	Kind     string `json:"kind"`
	Already  bool   `json:"already_received"`
	Readable bool   `json:"readable"`
}

// errOther says that the receipt is of another mail: the log of notices was
// made anew since, and the mail may be lost with the old one.
var errOther = errors.New("the receipt under its number is of another mail; it will be sent again")

// receipts waits for the receipts of all accepted mails. They come in order, so
// it asks for the first; patience begins anew with each.
func (p *pusher) receipts(ctx context.Context) {
	if p.NoReceipt {
		return
	}
	until, wait := time.Now().Add(p.ReceiptTimeout), firstWait
	for len(p.waiting) > 0 && ctx.Err() == nil && p.deaf == nil {
		if p.receipt(ctx, p.waiting[0]) {
			p.waiting = p.waiting[1:]
			until, wait = time.Now().Add(p.ReceiptTimeout), firstWait
			continue
		}
		if time.Now().Add(wait).After(until) {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, time.Second)
		}
	}
	p.sweep(ctx)
}

// sweep asks once for every receipt that is missing.
func (p *pusher) sweep(ctx context.Context) {
	var left []entry
	p.deaf = nil
	for _, e := range p.waiting {
		if ctx.Err() != nil || p.deaf != nil || !p.receipt(ctx, e) {
			left = append(left, e)
		}
	}
	p.waiting = left
	p.report.without(left)
}

// receipt asks for one receipt and tells whether the mail is done with.
func (p *pusher) receipt(ctx context.Context, e entry) bool {
	door, err := p.door(ctx, e.FrontDoor)
	var b []byte
	if err == nil {
		b, err = door.ReadOut(ctx, e.Force, "receipt", e.Seq)
	}
	if errors.Is(err, triage.ErrNotFound) {
		return false
	}
	if errors.Is(err, jet.ErrDenied) {
		p.deaf = err
	}
	if err != nil {
		p.report.noReceipt(err)
		return false
	}
	var r receipt
	if err := json.Unmarshal(b, &r); err != nil {
		p.report.noReceipt(fmt.Errorf("receipt %d: %w", e.Seq, err))
		return false
	}
	if r.SHA256 != cmp.Or(e.Sent, e.SHA256) {
		e.State, e.Seq, e.Sent = pending, 0, ""
		p.report.refused(e, errors.Join(errOther, p.spool.set(e)))
		return true
	}
	e.State, e.Notice = receipted, r.Notice
	if err := p.spool.set(e); err != nil {
		p.report.trouble(err)
	}
	p.report.receipted(e, r)
	return true
}
