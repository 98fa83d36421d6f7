package redisq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Evicts returns an error that says what to change if a server would throw keys
// away when it is full. A server that does not show its configuration is
// believed, with a warning in the log.
func Evicts(ctx context.Context, c Client) error {
	return each(ctx, c, func(ctx context.Context, c redis.Cmdable) error {
		p, err := setting(ctx, c, "maxmemory-policy")
		if err != nil {
			slog.WarnContext(ctx, "Redis does not show its configuration; its maxmemory-policy must be noeviction", "error", err)
			return nil
		}
		if p != "noeviction" {
			return fmt.Errorf("the Redis server's maxmemory-policy is %s: it would throw items of the queue away; set `maxmemory-policy noeviction`", p)
		}
		return nil
	})
}

// Forgets returns an error that says what to change if a server begins empty
// after a restart. Nothing is lost then, but the queue is away until it is
// rebuilt.
func Forgets(ctx context.Context, c Client) error {
	return each(ctx, c, func(ctx context.Context, c redis.Cmdable) error {
		log, err := setting(ctx, c, "appendonly")
		save, serr := setting(ctx, c, "save")
		if err := errors.Join(err, serr); err != nil {
			return fmt.Errorf("the Redis server does not show its configuration: %w; allow the user `+config|get`", err)
		}
		if log != "yes" && save == "" {
			return errors.New("the Redis server keeps nothing over a restart: every one means a rebuild; set `appendonly yes`")
		}
		return nil
	})
}

// nearlyFull is the part of maxmemory at which there is time to give more.
const nearlyFull = 0.6

// Full returns an error that says what to change if a server is near its limit,
// at which it refuses writes.
func Full(ctx context.Context, c Client) error {
	return each(ctx, c, func(ctx context.Context, c redis.Cmdable) error {
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return fmt.Errorf("ask Redis for its memory: %w", err)
		}
		used, limit := field(info, "used_memory"), field(info, "maxmemory")
		if limit > 0 && used > nearlyFull*limit {
			return fmt.Errorf("the Redis server uses %.0f %% of its maxmemory, and refuses the queue's changes when that is full; raise `maxmemory`", 100*used/limit)
		}
		return nil
	})
}

// Clock returns the server's time, and how long the answer took.
func Clock(ctx context.Context, c Client) (at time.Time, took time.Duration, err error) {
	began := time.Now()
	at, err = c.Time(ctx).Result()
	if err != nil {
		return at, 0, fmt.Errorf("ask Redis for the time: %w", err)
	}
	return at, time.Since(began), nil
}

func setting(ctx context.Context, c redis.Cmdable, name string) (string, error) {
	got, err := c.ConfigGet(ctx, name).Result()
	return got[name], err
}

func field(info, name string) float64 {
	for line := range strings.Lines(info) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			n, _ := strconv.ParseFloat(v, 64)
			return n
		}
	}
	return 0
}

// each asks every server of a cluster that holds keys of its own, or the one
// there is.
func each(ctx context.Context, c Client, ask func(context.Context, redis.Cmdable) error) error {
	if cluster, ok := c.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error { return ask(ctx, c) })
	}
	return ask(ctx, c)
}
