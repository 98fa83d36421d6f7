package redisq

import (
	"context"
	"strings"
)

// Versions counts the keys in Redis by the version of linking that they belong
// to, the second part of their names. Redis answers others meanwhile; a million
// keys take seconds.
func Versions(ctx context.Context, c Client, namespace string) (map[string]int, error) {
	keys := map[string]int{}
	err := eachKey(ctx, c, namespace+":*", func(names []string) error {
		for _, name := range names {
			if version, _, ok := strings.Cut(strings.TrimPrefix(name, namespace+":"), ":{"); ok {
				keys[version]++
			}
		}
		return nil
	})
	return keys, err
}
