package daemon

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage/duty"
)

// startTraces sends traces to the collector of the configuration; without one
// nothing is traced. Spans hold methods, actors and times, never words of a
// notice: errors are named by their kind alone.
func (d *Daemon) startTraces(ctx context.Context) error {
	d.tracing = noop.NewTracerProvider()
	if d.cfg.Traces.Endpoint == "" {
		return nil
	}
	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(d.cfg.Traces.Endpoint), otlptracegrpc.WithInsecure())
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "triaged"), attribute.String("service.version", cli.Version()))))
	d.tracing = p
	d.onStop("traces", func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = p.Shutdown(ctx)
	})
	return nil
}

// traceCalls traces the calls of the API.
func (d *Daemon) traceCalls() grpc.ServerOption {
	return grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(d.tracing)))
}

// traced wraps the steps of an actor in spans.
func (d *Daemon) traced(frontDoor string, a duty.Actor) duty.Actor {
	tracer, step := d.tracing.Tracer("triaged"), a.Step
	a.Step = func(ctx context.Context) (bool, error) {
		ctx, span := tracer.Start(ctx, a.Name, trace.WithAttributes(attribute.String("front_door", frontDoor)))
		defer span.End()
		more, err := step(ctx)
		if err != nil {
			span.SetStatus(codes.Error, "the step failed")
		}
		return more, err
	}
	return a
}
