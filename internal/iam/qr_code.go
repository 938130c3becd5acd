package iam

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

const (
	qrModulePixels = 6 // wide enough for a phone that is held to a screen
	qrQuietModules = 4 // the empty margin that the QR standard asks for
)

// qrCode draws text as a QR code in a black and white PNG.
func qrCode(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	modules := code.Bounds().Dx()
	side := (modules + 2*qrQuietModules) * qrModulePixels
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			at := image.Pt(x/qrModulePixels-qrQuietModules, y/qrModulePixels-qrQuietModules)
			if at.In(code.Bounds()) && code.At(at.X, at.Y) == color.Black {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
