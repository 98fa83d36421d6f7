package faults

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// kind is one way in which things go wrong.
type kind string

const (
	killed     kind = "kill -9"
	paused     kind = "pause"
	flushed    kind = "FLUSHALL"
	emptied    kind = "kill -9, data lost"    // Redis without its files
	thrownBack kind = "kill -9, tail lost"    // Redis as it stood a while ago, as a stale replica is
	cutOff     kind = "connections cut"       // and made again
	refused    kind = "connections refused"   // for a while
	held       kind = "nothing passes"        // for a while
	delayed    kind = "everything late"       // for a while
	unasked    kind = "requests lost"         // the write is refused
	untold     kind = "answers lost"          // the write is stored and its caller gets an error
	unarchived kind = "archive taken away"    // a file in its place, and the daemon started anew
	full       kind = "disk full"             // of NATS or of an archive
	lateKill   kind = "kill -9 after a pause" // what was under way was overtaken
	rollBoth   kind = "kill -9 of both daemons"
)

// fault is one choice of a plan.
type fault struct {
	kind   kind
	target string
	after  time.Duration // pause since the choice before
	lasts  time.Duration // until it is mended
	part   float64       // how much of it: of a file's end, of the greatest delay
}

func (f fault) String() string {
	return fmt.Sprintf("%s: %s for %s", f.target, f.kind, f.lasts.Round(time.Millisecond))
}

// The processes, and the links between them.
const (
	nodeOne, nodeTwo = "one", "two"
	nodeNATS         = "nats"
	nodeRedis        = "redis"
)

var (
	daemons = []string{nodeOne, nodeTwo}
	nodes   = []string{nodeOne, nodeTwo, nodeNATS, nodeRedis}
	links   = []string{"one-nats", "two-nats", "one-redis", "two-redis", "one-api", "two-api", "police-nats"}
)

// menu is what may go wrong with what, and how often in comparison.
var menu = []struct {
	kind    kind
	targets []string
	weight  int
	most    time.Duration
}{
	{killed, nodes, 8, 800 * time.Millisecond},
	{lateKill, daemons, 3, 700 * time.Millisecond},
	{rollBoth, []string{"both"}, 1, 500 * time.Millisecond},
	{paused, nodes, 8, 1500 * time.Millisecond},
	{flushed, []string{nodeRedis}, 4, 0},
	{emptied, []string{nodeRedis}, 2, 300 * time.Millisecond},
	{thrownBack, []string{nodeRedis}, 3, 300 * time.Millisecond},
	{cutOff, links, 6, 0},
	{refused, links, 4, time.Second},
	{held, links, 4, time.Second},
	{delayed, links, 4, 2 * time.Second},
	{unasked, links, 5, 800 * time.Millisecond},
	{untold, links, 7, 800 * time.Millisecond},
	{unarchived, daemons, 2, 900 * time.Millisecond},
	{full, []string{nodeNATS, nodeOne, nodeTwo}, 2, time.Second},
}

// calm is after how many faults the service has a moment to itself.
const calm = 10

// longer is how often in a hundred a fault lasts past every timeout of a single
// request.
const longer = 2

// plan makes n choices. The same seed makes the same ones; disks that cannot be
// filled here leave that choice out.
func plan(seed uint64, n int, disks bool) []fault {
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // to be repeated, not to be secret
	total := 0
	for _, m := range menu {
		total += m.weight
	}
	var out []fault
	for len(out) < n {
		m, at := 0, dice.IntN(total)
		for at >= menu[m].weight {
			at -= menu[m].weight
			m++
		}
		c := menu[m]
		f := fault{
			kind: c.kind, target: c.targets[dice.IntN(len(c.targets))], part: dice.Float64(),
			after: time.Duration(dice.IntN(700)) * time.Millisecond,
			lasts: c.most/10 + time.Duration(dice.Float64()*float64(c.most)),
		}
		if (f.kind == paused || f.kind == held) && dice.IntN(100) < longer {
			f.lasts = 6 * time.Second
		}
		if len(out)%calm == calm-1 {
			f.after += 1500 * time.Millisecond
		}
		if f.kind != full || disks {
			out = append(out, f)
		}
	}
	return out
}
