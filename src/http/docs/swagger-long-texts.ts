/** The parts of React and of Swagger UI that the plugin below uses. */
interface SwaggerSystem {
  readonly React: { createElement(type: unknown, props: object): unknown };
}
interface HighlighterProps {
  readonly children?: unknown;
}
type Component = (props: HighlighterProps) => unknown;

/**
 * A plugin for Swagger UI that shortens long texts, such as base64, where they are rendered and
 * highlighted: a response of 20 MB would freeze the page for a minute. Only the display is
 * shortened. The Download and Copy buttons use the full text.
 *
 * Its source text is sent to the browser, so it must not refer to anything outside itself.
 */
export function swaggerLongTexts(): object {
  const shownWhole = 1000;
  return {
    wrapComponents: {
      SyntaxHighlighter:
        (original: Component, system: SwaggerSystem): Component =>
        (props) => {
          const { children } = props;
          const isLong = typeof children === 'string' && children.length > shownWhole;
          const shown = isLong
            ? children.replace(
                /[^\s"\\,]{1000,}/g,
                (text) => `${text.slice(0, 60)}… (${text.length.toLocaleString('en')} characters)`,
              )
            : children;
          return system.React.createElement(original, { ...props, children: shown });
        },
    },
  };
}
