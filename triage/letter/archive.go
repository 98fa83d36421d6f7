package letter

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// archive is an open zip: an archive of files, or a document made of parts.
type archive struct {
	files  []*zip.File
	packed int64
	taken  int64
	over   bool // an entry was not read because of the limits
	broken bool // an entry could not be unpacked wholly
}

// errLocked says that a zip needs a password.
var errLocked = errors.New("zip entry is encrypted")

// openZip opens a zip; encryption of any entry is errLocked.
func openZip(data []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, err
	}
	a := &archive{packed: int64(len(data))}
	for i, f := range z.File {
		if i == maxZipEntries {
			a.over = true
			break
		}
		if f.Flags&1 != 0 {
			return nil, errLocked
		}
		a.files = append(a.files, f)
	}
	return a, nil
}

// read unpacks one entry, as much of it as the limits allow.
func (a *archive) read(f *zip.File) []byte {
	limit := max(int64(zipRatioFrom), a.packed*maxZipRatio)
	limit = min(limit, maxDecoded) - a.taken
	if limit <= 0 {
		a.over = true
		return nil
	}
	rc, err := f.Open()
	if err != nil {
		a.broken = true
		return nil
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, limit+1))
	if int64(len(data)) > limit {
		a.over = true
		data = data[:limit]
	} else if err != nil {
		a.broken = true
	}
	a.taken += int64(len(data))
	return data
}

// named returns the entries whose path matches any of the patterns, in order
// of their paths.
func (a *archive) named(patterns ...string) []*zip.File {
	var out []*zip.File
	for _, f := range a.files {
		for _, p := range patterns {
			if ok, err := path.Match(p, strings.TrimPrefix(f.Name, "/")); ok && err == nil {
				out = append(out, f)
				break
			}
		}
	}
	slices.SortStableFunc(out, func(x, y *zip.File) int {
		if len(x.Name) != len(y.Name) && path.Dir(x.Name) == path.Dir(y.Name) {
			return len(x.Name) - len(y.Name) // sheet2 before sheet10
		}
		return strings.Compare(x.Name, y.Name)
	})
	return out
}

// open opens the zip of an attachment and tells why it cannot be.
func (r *reading) openZip(data []byte, source string) *archive {
	a, err := openZip(data)
	switch {
	case errors.Is(err, errLocked):
		r.problem(CodeEncrypted, source)
	case err != nil:
		r.problem(CodeBroken, source)
	}
	return a
}

// closeZip tells what of a zip was not unpacked.
func (r *reading) closeZip(a *archive, source string) {
	if !r.spend(int(a.taken)) || a.over {
		r.problem(CodeArchive, source)
	}
	if a.broken {
		r.problem(CodeBroken, source)
	}
}

// zip reads the files of an archive as attachments. An archive within it stays
// closed.
func (r *reading) zip(f file, depth int, at place) (out []piece, read bool) {
	a := r.openZip(f.data, at.source)
	if a == nil {
		return nil, false
	}
	read = true
	for _, entry := range a.files {
		if strings.HasSuffix(entry.Name, "/") || strings.HasPrefix(path.Base(entry.Name), "._") || entry.UncompressedSize64 == 0 {
			continue
		}
		data := a.read(entry)
		if a.over || len(data) == 0 {
			read = false
			continue
		}
		if sniff(data, "") == typeZip {
			r.problem(CodeNested, at.source)
			read = false
			continue
		}
		if r.parts++; r.parts > maxParts {
			r.problem(CodeTooManyParts, "")
			return out, false
		}
		out = append(out, r.attachment(file{name: path.Base(entry.Name), data: data}, depth+1, at)...)
	}
	r.closeZip(a, at.source)
	return out, read
}
