package letter

// Limits of what is read of one mail. Past a limit reading goes on with what
// there is, and a severe Problem says so. The mail sizes that a police gateway
// lets through are far below them; a mail made to exhaust us is above.
const (
	maxRaw         = 26 << 20  // bytes of a mail: MaxMsgSize of the notices stream
	maxHeaderBlock = 256 << 10 // bytes of one header block
	maxFields      = 1000      // header fields of one part
	maxFieldSize   = 64 << 10  // bytes of one header field
	maxDepth       = 20        // parts within parts, mails within mails and archives together
	maxParts       = 500       // parts of the whole mail
	maxDecoded     = 50 << 20  // decoded bytes of the whole mail
	maxText        = 8 << 20   // bytes of Letter.Text
	maxViews       = 16        // second readings of parts that can be read in two ways
	maxZipEntries  = 2000      // files of one archive
	maxZipRatio    = 100       // unpacked over packed bytes of one archive, above zipRatioFrom
	zipRatioFrom   = 1 << 20   // unpacked bytes up to which no ratio is looked at
)
