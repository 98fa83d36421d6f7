package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ppn-triage/ppn-triage/triage/duty"
)

// TestSpansQuoteNothing: a span holds who worked where and for how long; of an
// error only that there was one.
func TestSpansQuoteNothing(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	d := &Daemon{tracing: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))}
	fails := false
	a := d.traced("bradford", duty.Actor{Name: "intake", Step: func(context.Context) (bool, error) {
		if fails {
			return false, errors.New("Ava Brackley, 12 Mill Lane")
		}
		return true, nil
	}})
	for _, fails = range []bool{false, true} {
		if more, err := a.Step(t.Context()); more == fails || (err != nil) != fails {
			t.Errorf("a traced step answers %v, %v", more, err)
		}
	}
	got := spans.GetSpans()
	if len(got) != 2 || got[0].Name != "intake" || got[0].Status.Code != codes.Unset || got[1].Status.Code != codes.Error {
		t.Fatalf("spans %+v", got)
	}
	for _, s := range got {
		words := s.Name + s.Status.Description
		for _, kv := range s.Attributes {
			words += string(kv.Key) + kv.Value.String()
		}
		for _, e := range s.Events {
			words += e.Name
			for _, kv := range e.Attributes {
				words += kv.Value.String()
			}
		}
		if strings.Contains(words, "Brackley") || strings.Contains(words, "Mill Lane") || !strings.Contains(words, "bradford") {
			t.Errorf("a span says %q", words)
		}
	}
}

// TestTracesAreOff unless a collector is named.
func TestTracesAreOff(t *testing.T) {
	d := &Daemon{}
	if err := d.startTraces(t.Context()); err != nil || len(d.stops) != 0 {
		t.Fatalf("startTraces() = %v with %d parts to stop", err, len(d.stops))
	}
	_, span := d.tracing.Tracer("t").Start(t.Context(), "s")
	if span.IsRecording() {
		t.Error("spans are recorded without a collector")
	}
	span.End()
}
