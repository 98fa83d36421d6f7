package queue

import "time"

// DueOf returns the due time, to the second, that an order holds.
func DueOf(order uint64) time.Time {
	return time.Unix(int64(order>>dueShift&maxSecond), 0).UTC()
}
