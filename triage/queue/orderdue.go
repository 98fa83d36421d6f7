package queue

import "time"

// RedOf tells whether an order is of an item that stands at RED.
func RedOf(order uint64) bool { return order>>tierShift == 0 }

// DueOf returns the due time, to the second, that an order holds.
func DueOf(order uint64) time.Time {
	return time.Unix(int64(order>>dueShift&maxSecond), 0).UTC()
}
