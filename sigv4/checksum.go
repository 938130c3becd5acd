package sigv4

import (
	"crypto/sha1" //nolint:gosec // one of S3's checksums, which protects against accidents only
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"hash/crc64"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	nvme       = crc64.MakeTable(0x9a6c9329ac4bc9b5)
)

// newChecksum returns the name by which S3's messages call a checksum, and its hash; nil if there is no such checksum.
func newChecksum(header string) (label string, h hash.Hash) {
	switch header {
	case "x-amz-checksum-crc32":
		return "CRC32", crc32.NewIEEE()
	case "x-amz-checksum-crc32c":
		return "CRC32C", crc32.New(castagnoli)
	case "x-amz-checksum-crc64nvme":
		return "CRC64NVME", crc64.New(nvme)
	case "x-amz-checksum-sha1":
		return "SHA1", sha1.New() //nolint:gosec // see above
	case "x-amz-checksum-sha256":
		return "SHA256", sha256.New()
	}
	return "", nil
}
