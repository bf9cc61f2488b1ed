// Package glamour shows Markdown as it is written, where the one that stood here set it in colors.
package glamour

// TermRenderer returns what it is given.
type TermRenderer struct{}

// TermRendererOption changes nothing.
type TermRendererOption struct{}

// NewTermRenderer returns a renderer, and never an error.
func NewTermRenderer(...TermRendererOption) (*TermRenderer, error) {
	return &TermRenderer{}, nil
}

// WithAutoStyle is without effect.
func WithAutoStyle() TermRendererOption {
	return TermRendererOption{}
}

// WithWordWrap is without effect.
func WithWordWrap(int) TermRendererOption {
	return TermRendererOption{}
}

// Render returns the text unchanged, and never an error.
func (*TermRenderer) Render(text string) (string, error) {
	return text, nil
}
