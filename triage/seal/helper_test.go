package seal_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// shelf is a store of keys in memory that keeps its promise.
type shelf struct {
	lock sync.Mutex
	keys map[string][]byte // empty: erased
	gets int
	down error
}

func newShelf() *shelf { return &shelf{keys: map[string][]byte{}} }

func (s *shelf) PutKey(_ context.Context, name string, wrapped []byte) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if _, taken := s.keys[name]; taken {
		return triage.ErrState
	}
	s.keys[name] = slices.Clone(wrapped)
	return s.down
}

func (s *shelf) GetKey(_ context.Context, name string) ([]byte, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.gets++
	if s.down != nil {
		return nil, s.down
	}
	if len(s.keys[name]) == 0 {
		return nil, triage.ErrNotFound
	}
	return s.keys[name], nil
}

func (s *shelf) EraseKey(_ context.Context, name string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.keys[name] = nil
	return s.down
}

func (s *shelf) ReplaceKey(_ context.Context, name string, wrapped []byte) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.keys[name]) == 0 {
		return triage.ErrNotFound
	}
	s.keys[name] = wrapped
	return nil
}

func (s *shelf) EachKey(_ context.Context, visit func(string, []byte) error) error {
	s.lock.Lock()
	all := maps.Clone(s.keys)
	s.lock.Unlock()
	for name, wrapped := range all {
		if err := visit(name, wrapped); err != nil {
			return err
		}
	}
	return nil
}

// events has a zero value of every event.
var events = []triage.Event{
	triage.NoticeRead{}, triage.ItemOpened{}, triage.NoticeJoined{}, triage.ItemScored{}, triage.ItemLinked{}, triage.Opened{}, triage.Claimed{},
	triage.ClaimRenewed{}, triage.Released{}, triage.ClaimExpired{}, triage.Decided{}, triage.InterimRecorded{}, triage.BandOverridden{},
	triage.BreachRisk{}, triage.Overdue{}, triage.RulesActivated{}, triage.Archived{}, triage.ItemJoined{}, triage.NoticeSplit{}, triage.LinkJudged{},
	triage.FactCorrected{}, triage.NoticeStruck{}, triage.ChildStatusSet{}, triage.PoliceAsked{}, triage.CaseRows{}, triage.NoticeRecalled{}, triage.Erased{}, triage.HoldPlaced{}, triage.HoldLifted{},
	triage.BellRung{}, triage.BellAnswered{},
}

// fill gives every field a value of its own, lists two elements, enums 1.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n % 1000))
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.String:
		v.SetString(fmt.Sprintf("secret-%d", *n))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1_790_000_000, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("bytes"))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	default:
		panic("say how a " + v.Type().String() + " is filled")
	}
}

// everything is a commit with every event, each field of it set.
func everything() triage.Commit {
	n := 0
	c := triage.Commit{ID: "commit", At: time.Unix(1_790_000_000, 0).UTC()}
	for _, e := range events {
		v := reflect.New(reflect.TypeOf(e)).Elem()
		fill(v, &n)
		c.Events = append(c.Events, v.Interface().(triage.Event))
	}
	return c
}

// texts visits every string in a value, with its path.
func texts(v reflect.Value, path string, visit func(path, s string)) {
	switch v.Kind() {
	case reflect.String:
		visit(path, v.String())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			texts(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			texts(v.Elem(), path, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), path, visit)
		}
	default:
	}
}

func ring(t *testing.T, m seal.Master, s seal.Keys) *seal.Ring {
	t.Helper()
	r, _, err := seal.OpenRing(t.Context(), m, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
