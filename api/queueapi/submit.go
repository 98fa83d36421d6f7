package queueapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// maxMail is the largest mail taken over gRPC: with the headers of its message
// it fits the notices stream's limit of 26 MB (design, section 3).
const maxMail = 25 << 20

// SubmitNotice takes in a mail in chunks.
func (s noticeService) SubmitNotice(in pb.NoticeService_SubmitNoticeServer) error {
	ctx := in.Context()
	out, err := s.submit(ctx, in)
	if err != nil {
		return toStatus(ctx, err)
	}
	return in.SendAndClose(out)
}

func (s noticeService) submit(ctx context.Context, in pb.NoticeService_SubmitNoticeServer) (*pb.SubmitNoticeResponse, error) {
	m, err := in.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	h := m.GetHeader()
	if h == nil {
		return nil, invalid("header", "the first message holds it")
	}
	if err := check(h); err != nil {
		return nil, err
	}
	if h.GetSize() > maxMail {
		return nil, bad(pb.ErrorReason_ERROR_REASON_TOO_LARGE, "header.size",
			fmt.Sprintf("%d bytes, at most %d: hand it in with noticepush, which sends the head of it", h.GetSize(), maxMail))
	}
	d, err := s.door(h.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	mail, err := receive(in, h)
	if err != nil {
		return nil, err
	}
	seq, err := d.Push(ctx, h.GetForce(), mail)
	if err != nil {
		return nil, outage("hand in the mail", err)
	}
	return &pb.SubmitNoticeResponse{
		NoticeId: string(triage.NewNoticeID(d.Name, d.NoticeIdentity, seq)), Sequence: seq,
		Sha256: hexDigest(mail), Accepted: wire.TimeProto(s.cfg.Now().UTC().Truncate(time.Millisecond)),
	}, nil
}

// receive gathers a mail's chunks and checks them against its header.
func receive(in pb.NoticeService_SubmitNoticeServer, h *pb.SubmitNoticeHeader) ([]byte, error) {
	var mail bytes.Buffer
	for {
		m, err := in.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if m.GetHeader() != nil {
			return nil, invalid("header", "only the first message holds it")
		}
		if mail.Write(m.GetChunk()); int64(mail.Len()) > h.GetSize() {
			return nil, invalid("chunk", fmt.Sprintf("more than the %d bytes of the header", h.GetSize()))
		}
	}
	if int64(mail.Len()) != h.GetSize() {
		return nil, invalid("header.size", fmt.Sprintf("%d bytes announced, %d arrived", h.GetSize(), mail.Len()))
	}
	if want := h.GetSha256(); want != "" && want != hexDigest(mail.Bytes()) {
		return nil, invalid("header.sha256", "the bytes that arrived are others")
	}
	return mail.Bytes(), nil
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
