package main

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

type qualityCmd struct {
	Week  bool   `help:"The last seven days. This is the default."`
	Since string `help:"From this time on instead, at most 92 days." placeholder:"TIME" xor:"week"`
}

// Run prints what the forces sent, a block a force.
func (c *qualityCmd) Run(ctx context.Context, a *app) error {
	from := timestamppb.New(time.Now().AddDate(0, 0, -7))
	if c.Since != "" {
		var err error
		if from, err = when("--since", c.Since); err != nil {
			return err
		}
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Notice.GetQuality(ctx, &pb.GetQualityRequest{FrontDoor: a.FrontDoor, From: from})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) { s.Quality(r, from) })
}
