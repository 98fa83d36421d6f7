package cli

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Event prints one commit of the log: its place, when, who, and what changed
// of the item.
func (s Screen) Event(r *pb.ListEventsResponse, item string) {
	c := r.GetCommit()
	who := c.GetActor().GetName()
	if !c.GetActor().GetVerified() {
		who += " (unverified)"
	}
	for _, e := range c.GetEvents() {
		m := e.ProtoReflect()
		f := m.WhichOneof(m.Descriptor().Oneofs().ByName("event"))
		if f == nil {
			continue
		}
		body := m.Get(f).Message()
		if id := body.Descriptor().Fields().ByName("item_id"); id == nil || item != "" && body.Get(id).String() != item {
			continue
		}
		s.line("%6d  %s  %s: %s", r.GetSequence(), When(c.GetAt()), who, joined(slugWords(string(f.Name())), s.eventDetails(body)))
	}
}

// eventDetails are the plain fields of an event: what a person said or set.
// What was read from a mail stands in the item and is not repeated.
func (s Screen) eventDetails(m protoreflect.Message) string {
	var out []string
	for fields, n := m.Descriptor().Fields(), 0; n < fields.Len(); n++ {
		f := fields.Get(n)
		name, v := slugWords(string(f.Name())), m.Get(f)
		switch {
		case !m.Has(f), f.Name() == "item_id", f.IsList(), f.IsMap():
		case f.Kind() == protoreflect.EnumKind:
			_, word, _ := strings.Cut(string(f.Enum().Values().ByNumber(v.Enum()).Name()), "_")
			out = append(out, name+" "+word)
		case f.Kind() != protoreflect.MessageKind:
			out = append(out, fmt.Sprintf("%s %v", name, v.Interface()))
		default:
			if t, ok := v.Message().Interface().(*timestamppb.Timestamp); ok {
				out = append(out, name+" "+When(t))
			}
		}
	}
	return strings.Join(out, ", ")
}
