package wire_test

import (
	"fmt"
	"reflect"
	"time"

	"pgregory.net/rapid"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// events has a zero value of every event; TestEveryEventIsHere holds it
// against package triage.
var events = []triage.Event{
	triage.NoticeRead{},
	triage.ItemOpened{},
	triage.NoticeJoined{},
	triage.ItemScored{},
	triage.ItemLinked{},
	triage.Opened{},
	triage.Claimed{},
	triage.ClaimRenewed{},
	triage.Released{},
	triage.ClaimExpired{},
	triage.Decided{},
	triage.InterimRecorded{},
	triage.BandOverridden{},
	triage.BreachRisk{},
	triage.Overdue{},
	triage.RulesActivated{},
	triage.Archived{}, triage.CaseRows{},
	triage.ItemJoined{},
	triage.NoticeSplit{},
	triage.LinkJudged{},
	triage.FactCorrected{},
	triage.NoticeStruck{},
	triage.NoticeRecalled{},
	triage.ChildStatusSet{},
	triage.PoliceAsked{},
	triage.Erased{},
	triage.HoldPlaced{},
	triage.HoldLifted{},
	triage.BellRung{},
	triage.BellAnswered{},
}

// enums has the number of values of every enum of the nouns. A new enum makes
// fill panic until it stands here.
var enums = map[reflect.Type]int{
	reflect.TypeFor[triage.Band]():        len(pb.Band_name),
	reflect.TypeFor[triage.State]():       len(pb.ItemState_name),
	reflect.TypeFor[triage.Relation]():    len(pb.Relation_name),
	reflect.TypeFor[triage.LinkKind]():    len(pb.LinkKind_name),
	reflect.TypeFor[triage.LetterKind]():  len(pb.LetterKind_name),
	reflect.TypeFor[triage.SectionKind](): len(pb.SectionKind_name),
	reflect.TypeFor[triage.Role]():        len(pb.PersonRole_name),
	reflect.TypeFor[triage.Polarity]():    len(pb.Polarity_name),
	reflect.TypeFor[triage.Time]():        len(pb.FactTime_name),
	reflect.TypeFor[triage.Holder]():      len(pb.Holder_name),
}

// source says what values a noun is filled with.
type source interface {
	truth() bool
	number() int // of 32 bits
	count() uint64
	text() string
	below(n int) int // for enums
	size() int       // of a list
	moment() time.Time
}

// counting gives every field another value, and none a zero.
type counting struct{ n, list int }

func (c *counting) next() int         { c.n++; return c.n }
func (c *counting) truth() bool       { return true }
func (c *counting) number() int       { return c.next() }
func (c *counting) count() uint64     { return 1<<40 + uint64(c.next()) }
func (c *counting) text() string      { return fmt.Sprintf("text %d", c.next()) }
func (c *counting) below(n int) int   { return 1 + c.next()%(n-1) }
func (c *counting) size() int         { return c.list }
func (c *counting) moment() time.Time { return time.Unix(1_790_000_000, int64(c.next())).UTC() }

// random gives what rapid draws, zeros and extremes among it.
type random struct{ t *rapid.T }

func (r random) truth() bool     { return rapid.Bool().Draw(r.t, "truth") }
func (r random) number() int     { return int(rapid.Int32Min(-1).Draw(r.t, "number")) }
func (r random) count() uint64   { return rapid.Uint64().Draw(r.t, "count") }
func (r random) text() string    { return rapid.String().Draw(r.t, "text") }
func (r random) below(n int) int { return rapid.IntRange(0, n-1).Draw(r.t, "enum") }
func (r random) size() int       { return rapid.IntRange(0, 2).Draw(r.t, "size") }
func (r random) moment() time.Time {
	if !r.truth() {
		return time.Time{}
	}
	first, last := time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
	zone := time.FixedZone("", rapid.IntRange(-50_000, 50_000).Draw(r.t, "zone"))
	return time.Unix(rapid.Int64Range(first, last).Draw(r.t, "second"), rapid.Int64Range(0, 999_999_999).Draw(r.t, "nano")).In(zone)
}

// fill gives every field of a noun a value from the source.
func fill(v reflect.Value, s source) {
	if n, ok := enums[v.Type()]; ok {
		v.SetUint(uint64(s.below(n)))
		return
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(s.moment()))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(s.truth())
	case reflect.Int:
		v.SetInt(int64(s.number()))
	case reflect.Uint64:
		v.SetUint(s.count())
	case reflect.String:
		v.SetString(s.text())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s)
		}
	default:
		fillMany(v, s)
	}
}

func fillMany(v reflect.Value, s source) {
	switch v.Kind() {
	case reflect.Pointer:
		if s.truth() {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), s)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]byte]() {
			v.SetBytes([]byte(s.text()))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), s.size(), 4))
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range s.size() {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, s)
			fill(value, s)
			v.SetMapIndex(key, value)
		}
	case reflect.Interface: // triage.Event is the only one
		event := reflect.New(reflect.TypeOf(events[s.below(len(events))])).Elem()
		fill(event, s)
		v.Set(event)
	default:
		panic(fmt.Sprintf("a noun holds a %s: say here how it is filled", v.Type()))
	}
}

func filled[N any](s source) (n N) {
	fill(reflect.ValueOf(&n).Elem(), s)
	return n
}

// everything is a commit with every event, each field of it set.
func everything(list int) triage.Commit {
	s := &counting{list: list}
	c := triage.Commit{Events: make([]triage.Event, len(events))}
	for n, e := range events {
		v := reflect.New(reflect.TypeOf(e)).Elem()
		fill(v, s)
		c.Events[n] = v.Interface().(triage.Event)
	}
	c.ID, c.RequestID, c.Request, c.Through, c.At = s.text(), s.text(), s.text(), s.count(), s.moment()
	fill(reflect.ValueOf(&c.Actor).Elem(), s)
	return c
}

// alone yields, for every field anywhere in the type, a value in which that
// field alone is set. It finds what filling everything hides: two fields that
// are mixed up and hold the same.
func alone(t reflect.Type, path string, yield func(path string, v reflect.Value)) {
	wrap := func(of reflect.Type, path string, put func(v, part reflect.Value)) {
		alone(of, path, func(path string, part reflect.Value) {
			v := reflect.New(t).Elem()
			put(v, part)
			yield(path, v)
		})
	}
	switch {
	case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[[]byte](), t.Kind() < reflect.Array, t.Kind() == reflect.String:
		v := reflect.New(t).Elem()
		fill(v, &counting{})
		yield(path, v)
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			wrap(t.Field(i).Type, path+"."+t.Field(i).Name, func(v, part reflect.Value) { v.Field(i).Set(part) })
		}
	case t.Kind() == reflect.Pointer:
		wrap(t.Elem(), path, func(v, part reflect.Value) { v.Set(reflect.New(t.Elem())); v.Elem().Set(part) })
	case t.Kind() == reflect.Slice:
		wrap(t.Elem(), path+"[]", func(v, part reflect.Value) { v.Set(reflect.Append(v, part)) })
	case t.Kind() == reflect.Map:
		wrap(t.Elem(), path+"{}", func(v, part reflect.Value) {
			v.Set(reflect.MakeMap(t))
			v.SetMapIndex(reflect.Zero(t.Key()), part)
		})
	default:
		panic(fmt.Sprintf("%s: a noun holds a %s", path, t))
	}
}
