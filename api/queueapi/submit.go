package queueapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// receive gathers a mail's chunks and checks them against its header.
func receive(in pb.NoticeService_SubmitNoticeServer, h *pb.SubmitNoticeHeader) ([]byte, error) {
	mail := make([]byte, 0, h.GetSize())
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
		if mail = append(mail, m.GetChunk()...); int64(len(mail)) > h.GetSize() {
			return nil, invalid("chunk", fmt.Sprintf("more than the %d bytes of the header", h.GetSize()))
		}
	}
	if int64(len(mail)) != h.GetSize() {
		return nil, invalid("header.size", fmt.Sprintf("%d bytes announced, %d arrived", h.GetSize(), len(mail)))
	}
	if want := h.GetSha256(); want != "" && want != hexDigest(mail) {
		return nil, invalid("header.sha256", "the bytes that arrived are others")
	}
	return mail, nil
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
