package s3

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // the protocol's: integrity, not secrecy
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"hash/crc64"
	"strings"
)

func md5Sum(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// nvme is the polynomial of CRC64NVME, bits reversed as package crc64 wants them.
const nvme = 0x9a6c9329ac4bc9b5

var nvmeTable = crc64.MakeTable(nvme)

// checkSums compares the checksums of a body that goes on in another form, so that nobody else can check them.
func checkSums(headers map[string]string, body []byte) *Error {
	if want, ok := headers["content-md5"]; ok {
		sum, err := base64.StdEncoding.DecodeString(want)
		if err != nil || len(sum) != md5.Size {
			return refuse("InvalidDigest", "The Content-MD5 you specified was invalid.").with("Content-MD5", want)
		}
		if got := md5Sum(body); got != base64.StdEncoding.EncodeToString(sum) {
			return refuse("BadDigest", "The Content-MD5 you specified did not match what we received.").with("CalculatedDigest", got).with("ExpectedDigest", want)
		}
	}
	for _, algorithm := range algorithms {
		want, ok := headers["x-amz-checksum-"+algorithm]
		if !ok {
			continue
		}
		got := checksum(algorithm, body)
		if got == nil {
			return errHeader("x-amz-checksum-" + algorithm)
		}
		sum, err := base64.StdEncoding.DecodeString(want)
		if err != nil || len(sum) != len(got) {
			return refuse("InvalidRequest", "Value for x-amz-checksum-%s header is invalid.", algorithm)
		}
		if !bytes.Equal(sum, got) {
			return refuse("BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToUpper(algorithm))
		}
	}
	return nil
}

// checksum returns nil for the algorithms that the standard library does not have.
func checksum(algorithm string, body []byte) []byte {
	switch algorithm {
	case "crc32":
		return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body))
	case "crc32c":
		return binary.BigEndian.AppendUint32(nil, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	case "crc64nvme":
		return binary.BigEndian.AppendUint64(nil, crc64.Checksum(body, nvmeTable))
	case "md5":
		sum := md5.Sum(body) //nolint:gosec // as above
		return sum[:]
	case "sha1":
		sum := sha1.Sum(body) //nolint:gosec // as above
		return sum[:]
	case "sha256":
		sum := sha256.Sum256(body)
		return sum[:]
	case "sha512":
		sum := sha512.Sum512(body)
		return sum[:]
	}
	return nil
}
