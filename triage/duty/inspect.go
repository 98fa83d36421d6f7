package duty

import "context"

// Inspector looks for what an operator must mend: a copy that lacks messages, a
// setting that somebody has changed. It changes nothing and stops nobody; it
// tells, every time, also that nothing is wrong.
type Inspector struct {
	Look func(ctx context.Context) (faults []error, err error)
	Tell func(faults []error)
}

// Step looks once. That it cannot look is a fault too: nobody knows then.
func (i *Inspector) Step(ctx context.Context) (bool, error) {
	faults, err := i.Look(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		faults = append(faults, err)
	}
	i.Tell(faults)
	return false, err
}
