package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// Bell says who is called out of hours for a RED item that nobody sees to.
// Without places nobody is.
type Bell struct {
	Places []BellPlace `yaml:"places"` // in the order in which they are called; the last one, the manager, again and again
	After  Duration    `yaml:"after"`  // without an answer, until the next one. Defaults to 15m
	SMTP   string      `yaml:"smtp"`   // relay that takes the e-mails, host:port
	From   string      `yaml:"from"`   // their sender
}

// BellPlace is who is called, by a webhook or an e-mail.
type BellPlace struct {
	Name    string `yaml:"name"`         // of the place, not of a person: it stands in the log for ever
	Webhook string `yaml:"webhook_file"` // file with the URL that takes a POST of JSON: whoever knows it can ring
	Email   string `yaml:"email"`
}

func (b Bell) validate() error {
	var errs []error
	no := func(format string, a ...any) { errs = append(errs, fmt.Errorf("bell: "+format, a...)) }
	if b.After < Duration(time.Minute) {
		no("after %s: a minute is the least", time.Duration(b.After))
	}
	seen := map[string]bool{}
	for _, p := range b.Places {
		if err := jet.CheckToken("bell: name", p.Name); err != nil {
			errs = append(errs, err)
		}
		if seen[p.Name] {
			no("place %s is there twice", p.Name)
		}
		seen[p.Name] = true
		if (p.Webhook == "") == (p.Email == "") {
			no("place %s: webhook_file or email, one of them", p.Name)
		}
		if p.Email == "" {
			continue
		}
		if _, err := mail.ParseAddress(p.Email); err != nil {
			no("place %s: email: no address", p.Name)
		}
		if _, _, err := net.SplitHostPort(b.SMTP); err != nil {
			no("place %s has an e-mail address: set smtp to host:port of a relay", p.Name)
		}
		if _, err := mail.ParseAddress(b.From); err != nil {
			no("place %s has an e-mail address: set from to the sender's", p.Name)
		}
	}
	return errors.Join(errs...)
}

// bell is the actor that calls people out of hours.
func (d *Daemon) bell(dr *door, stamp duty.Stamp) (*duty.Bell, error) {
	cfg, waits := d.cfg.Bell, d.gauge.bellWaits.WithLabelValues(dr.name)
	b := &duty.Bell{
		Book: dr.book, Queue: dr.store, Calendar: dr.calendar, Stamp: stamp, FrontDoor: dr.name, After: time.Duration(cfg.After),
		Waits: func(items int) { waits.Set(float64(items)) },
		Rang: func(place string, err error) {
			if err != nil {
				d.gauge.bellCalls.WithLabelValues(dr.name, place, "failed").Inc()
				slog.Error("a call of the bell did not go out", "front_door", dr.name, "place", place, "error", err)
				return
			}
			d.gauge.bellCalls.WithLabelValues(dr.name, place, "sent").Inc()
		},
	}
	for _, p := range cfg.Places {
		ring := byMail(cfg.SMTP, cfg.From, p.Email)
		if p.Webhook != "" {
			to, err := readWebhook(p.Webhook)
			if err != nil {
				return nil, fmt.Errorf("bell: place %s: %w", p.Name, err)
			}
			ring = byWebhook(to)
		}
		b.Places = append(b.Places, duty.Place{Name: p.Name, Ring: ring})
		for _, outcome := range []string{"sent", "failed"} {
			d.gauge.bellCalls.WithLabelValues(dr.name, p.Name, outcome)
		}
	}
	return b, nil
}

// readWebhook reads the URL of a webhook. No error holds it.
func readWebhook(path string) (string, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return "", fmt.Errorf("webhook_file: %w", err)
	}
	to := strings.TrimSpace(string(b))
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Host)) {
		return "", fmt.Errorf("webhook_file %s: one line with an https URL is wanted (http on loopback alone)", path)
	}
	return to, nil
}

// ringTimeout is how long a place has to take a call.
const ringTimeout = 10 * time.Second

// byWebhook posts the call as JSON. Anything but 2xx is a failure, also a
// redirect: it would be followed without the body.
func byWebhook(to string) func(context.Context, duty.Call) error {
	client := &http.Client{Timeout: ringTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context, c duty.Call) error {
		body, err := json.Marshal(c)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			return errors.New("the webhook's URL cannot be used")
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			var u *url.Error
			if errors.As(err, &u) {
				err = u.Err // without the URL
			}
			return fmt.Errorf("webhook: %w", err)
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
		_ = resp.Body.Close()
		if resp.StatusCode/100 != 2 {
			return fmt.Errorf("the webhook answers %d", resp.StatusCode)
		}
		return nil
	}
}

// byMail hands the call to a mail relay, over TLS if it offers that.
func byMail(relay, from, to string) func(context.Context, duty.Call) error {
	return func(ctx context.Context, c duty.Call) (err error) {
		ctx, cancel := context.WithTimeout(ctx, ringTimeout)
		defer cancel()
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", relay)
		if err != nil {
			return fmt.Errorf("mail relay: %w", err)
		}
		defer func() { _ = conn.Close() }()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		if err := handOver(conn, relay, from, to, letterOf(c, from, to, time.Now())); err != nil {
			return fmt.Errorf("mail relay: %w", err)
		}
		return nil
	}
}

func handOver(conn net.Conn, relay, from, to string, letter []byte) error {
	host, _, _ := net.SplitHostPort(relay)
	s, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if ok, _ := s.Extension("STARTTLS"); ok {
		if err := s.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}); err != nil {
			return err
		}
	}
	if err := errors.Join(s.Mail(bare(from)), s.Rcpt(bare(to))); err != nil {
		return err
	}
	w, err := s.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(letter); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // the relay has it, or says why not
		return err
	}
	_ = s.Quit()
	return nil
}

// bare is an address without the name before it.
func bare(address string) string {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return address
	}
	return a.Address
}

// letterOf is the call as a mail.
func letterOf(c duty.Call, from, to string, at time.Time) []byte {
	return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s waits in %s: item %s\r\nDate: %s\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\nItem %s stands at %s and nobody sees to it. It is due %s.\r\nThis is call %d.\r\n\r\nLook: %s\r\nAnswer: %s\r\n",
		from, to, c.Band, c.FrontDoor, c.Item, at.Format(time.RFC1123Z), c.Item, c.Band, c.Due.UTC().Format("2006-01-02 15:04 MST"), c.Step, c.Look, c.Answer)
}
