package queueapi

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Lengths of what people write, in bytes.
const (
	longest = 20_000 // words
	line    = 500    // a name, a code, a number
	token   = 4096   // a page or resume token
)

// rule says what is wrong with a field's value, "" if nothing is. has is false
// where the field was left out.
type rule func(v protoreflect.Value, f protoreflect.FieldDescriptor, has bool) string

// fieldRules is the one place that says what a request's fields may hold: by the
// field's name, or where one message is different by the message's name before
// it. A test fails when the contract has a field without a rule. What depends
// on the state of things is not here: triage.Item.Apply says it.
var fieldRules = map[string]rule{
	"front_door": matching(`^[a-z0-9_-]{0,32}$`, "the name of a front door"),
	"request_id": id(true), "GetNoticeRequest.request_id": id(false),
	"item_id": id(true), "GetNoticeRequest.item_id": id(false), "ListEventsRequest.item_id": id(false), "GetWorldAtRequest.item_id": id(false),
	"other_item_id": id(true), "ExplainItemRequest.other_item_id": id(false),
	"to_item_id": id(true), "notice_id": id(true),
	"child_id": matching(`^(c[0-9]{1,4})?$`, "a child's id, such as c1"), "SetChildStatusRequest.child_id": matching(`^c[0-9]{1,4}$`, "a child's id, such as c1"),
	"version": anything, "other_version": anything, "after_sequence": anything, "position": anything, "follow": anything, "skip": anything, "unheld": anything, "unopened": anything,
	"token": above0, "part": from0, "fact": from0, "page_size": from0, "size": above0,
	"page_token": text(token, false), "resume_token": text(token, false),
	"lease": span, "time": when,
	"reason": text(longest, true), "ReleaseItemRequest.reason": text(longest, false),
	"words": text(longest, true), "question": text(longest, true), "safe_with": text(longest, false),
	"force":                  matching(`^[a-z0-9_-]{1,32}$`, "the code of a force, such as wyp"),
	"AskPoliceRequest.force": matching(`^[a-z0-9_-]{0,32}$`, "the code of a force, such as wyp"),
	"view":                   oneOf(false), "kinds": oneOf(true), "band": oneOf(true), "polarity": oneOf(true), "CorrectFactRequest.time": oneOf(true), "holder": oneOf(true),

	"bands": oneOf(true), "states": oneOf(true), "tiers": number(0, 4), "held_by": text(line, false), "flags": text(line, true), "forces": text(line, true),
	"reference": text(line, false), "received_from": when, "received_until": when, "from": needed(when), "to": when,

	"decisions": atLeast1, "outcome": text(line, true), "threshold": text(line, false), "rationale": text(longest, true), "parent_spoken": text(longest, false),
	"consent": words("", "given", "refused", "dispensed"), "consent_why": text(longest, false), "seen_by": text(line, false), "checks": text(line, true),
	"strategy_at": when, "case_id": text(line, false), "referrer_told_at": when, "by": nothing, "at": nothing,

	"ground": words("request", "wrong_recipient", "court_order"), "EraseItemRequest.notice_id": id(false),
	"status": words("child_protection", "looked_after", "child_in_need", "none"), "closed_at": day(false), "as_of": day(false), "CaseListHeader.as_of": day(true),
	"given": text(line, false), "family": text(line, false), "dob": day(false), "nhs": text(line, false), "upn": text(line, false), "line": text(line, false), "postcode": text(line, false), "worker": text(line, false), "dry_run": anything,

	"chunk": anything, "sha256": hexSum, "hash": hexSum, "replaces": hexSum, "archive": present,
}

// ruleOf finds a field's rule; nil if there is none.
func ruleOf(f protoreflect.FieldDescriptor) rule {
	if r, ok := fieldRules[string(f.Parent().Name())+"."+string(f.Name())]; ok {
		return r
	}
	return fieldRules[string(f.Name())]
}

// check finds everything that is wrong with a request's fields.
func check(r proto.Message) error {
	found := checkMessage("", r.ProtoReflect(), nil)
	if len(found) == 0 {
		return nil
	}
	return &fault{
		reason: pb.ErrorReason_ERROR_REASON_INVALID, fields: found,
		text: found[0].GetField() + ": " + found[0].GetDescription(),
	}
}

func checkMessage(path string, m protoreflect.Message, found []*errdetails.BadRequest_FieldViolation) []*errdetails.BadRequest_FieldViolation {
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		f := fields.Get(n)
		at, has := path+string(f.Name()), m.Has(f)
		if f.ContainingOneof() != nil && !has {
			continue
		}
		if !f.IsList() {
			found = checkValue(at, m.Get(f), f, has, found)
			continue
		}
		list := m.Get(f).List()
		if r := ruleOf(f); list.Len() == 0 && r != nil && deep(f) {
			if why := r(m.Get(f), f, has); why != "" {
				found = append(found, violation(at, why))
			}
		}
		for k := range list.Len() {
			found = checkValue(fmt.Sprintf("%s[%d]", at, k), list.Get(k), f, true, found)
		}
	}
	return found
}

func checkValue(at string, v protoreflect.Value, f protoreflect.FieldDescriptor, has bool, found []*errdetails.BadRequest_FieldViolation) []*errdetails.BadRequest_FieldViolation {
	if deep(f) {
		if !has {
			return found
		}
		return checkMessage(at+".", v.Message(), found)
	}
	why := "not known here"
	if r := ruleOf(f); r != nil {
		why = r(v, f, has)
	}
	if why != "" {
		return append(found, violation(at, why))
	}
	return found
}

// deep tells whether a field holds a message of the contract's own.
func deep(f protoreflect.FieldDescriptor) bool {
	return f.Message() != nil && f.Message().ParentFile().Package() == pb.File_triage_v1_queue_proto.Package()
}

func anything(protoreflect.Value, protoreflect.FieldDescriptor, bool) string { return "" }

func nothing(_ protoreflect.Value, _ protoreflect.FieldDescriptor, has bool) string {
	if has {
		return "who and when are the server's to say"
	}
	return ""
}

func atLeast1(_ protoreflect.Value, _ protoreflect.FieldDescriptor, has bool) string {
	if !has {
		return "at least one"
	}
	return ""
}

func present(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
	if len(v.Bytes()) == 0 {
		return "required"
	}
	return ""
}

// id is a UUID in the form that the service itself writes.
func id(required bool) rule {
	return func(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
		s := v.String()
		switch u, err := uuid.Parse(s); {
		case s == "" && required:
			return "required"
		case s != "" && (err != nil || u.String() != s):
			return "not a UUID in lower case"
		}
		return ""
	}
}

// text is what a person writes.
func text(most int, required bool) rule {
	return func(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
		switch s := v.String(); {
		case required && strings.TrimSpace(s) == "":
			return "required"
		case len(s) > most:
			return fmt.Sprintf("longer than %d bytes", most)
		case strings.ContainsRune(s, 0):
			return "holds a NUL"
		}
		return ""
	}
}

func matching(pattern, what string) rule {
	re := regexp.MustCompile(pattern)
	return func(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
		if !re.MatchString(v.String()) {
			return "not " + what
		}
		return ""
	}
}

func words(known ...string) rule {
	return func(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
		if !slices.Contains(known, v.String()) {
			return "one of " + strings.TrimPrefix(strings.Join(known, ", "), ", ")
		}
		return ""
	}
}

// oneOf is a value of an enum that the contract knows.
func oneOf(required bool) rule {
	return func(v protoreflect.Value, f protoreflect.FieldDescriptor, _ bool) string {
		known := f.Enum().Values()
		if known.ByNumber(v.Enum()) != nil && (v.Enum() != 0 || !required) {
			return ""
		}
		var names []string
		for n := 1; n < known.Len(); n++ {
			names = append(names, string(known.Get(n).Name()))
		}
		return "one of " + strings.Join(names, ", ")
	}
}

func number(least, most int64) rule {
	return func(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
		if n := v.Int(); n < least || n > most {
			return fmt.Sprintf("%d to %d", least, most)
		}
		return ""
	}
}

func from0(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
	if v.Int() < 0 {
		return "0 or more"
	}
	return ""
}

func above0(v protoreflect.Value, f protoreflect.FieldDescriptor, _ bool) string {
	if f.Kind() == protoreflect.Int64Kind && v.Int() <= 0 || f.Kind() == protoreflect.Uint64Kind && v.Uint() == 0 {
		return "required"
	}
	return ""
}

func day(required bool) rule {
	return func(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
		s := v.String()
		if s == "" && !required {
			return ""
		}
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "a date YYYY-MM-DD"
		}
		return ""
	}
}

func hexSum(v protoreflect.Value, _ protoreflect.FieldDescriptor, _ bool) string {
	if b, err := hex.DecodeString(v.String()); err != nil || len(b) != 32 && len(b) != 0 || strings.ToLower(v.String()) != v.String() {
		return "not a SHA-256 in lower case hexadecimal"
	}
	return ""
}

// needed is a rule for a field that must not be left out.
func needed(r rule) rule {
	return func(v protoreflect.Value, f protoreflect.FieldDescriptor, has bool) string {
		if !has {
			return "required"
		}
		return r(v, f, has)
	}
}

func when(v protoreflect.Value, _ protoreflect.FieldDescriptor, has bool) string {
	if t, ok := v.Message().Interface().(*timestamppb.Timestamp); has && (!ok || !t.IsValid()) {
		return "not a time"
	}
	return ""
}

func span(v protoreflect.Value, _ protoreflect.FieldDescriptor, has bool) string {
	if d, ok := v.Message().Interface().(*durationpb.Duration); has && (!ok || !d.IsValid()) {
		return "not a duration"
	}
	return ""
}
