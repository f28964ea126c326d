using System.Net;
using System.Text;

namespace Xopc.Testing.Telegram;

/// <summary><c>parse_mode=HTML</c>: tags become entities. Markdown modes are not spoken here.</summary>
internal sealed class HtmlMarkup
{
    private readonly string _source;
    private readonly StringBuilder _text = new();
    private readonly List<SeenEntity> _entities = [];
    private readonly Stack<(string Tag, SeenEntity Entity)> _open = new();
    private int _at;

    private HtmlMarkup(string source) => _source = source;

    public static (string Text, IReadOnlyList<SeenEntity> Entities) Parse(string source)
    {
        var markup = new HtmlMarkup(source);
        markup.Read();
        return (markup._text.ToString(), markup._entities);
    }

    private void Read()
    {
        while (_at < _source.Length)
        {
            switch (_source[_at])
            {
                case '<':
                    ReadTag();
                    break;
                case '&':
                    ReadReference();
                    break;
                default:
                    _text.Append(_source[_at++]);
                    break;
            }
        }

        if (_open.TryPeek(out var open))
        {
            throw CannotParse($"Can't find end tag corresponding to start tag \"{open.Tag}\"");
        }
    }

    private void ReadReference()
    {
        // &lt; &amp; &#128512;
        var end = _source.IndexOf(';', _at);
        var decoded = end > _at && end - _at <= 10 ? WebUtility.HtmlDecode(_source[_at..(end + 1)]) : "";
        if (decoded.Length is > 0 and <= 2)
        {
            _text.Append(decoded);
            _at = end + 1;
        }
        else
        {
            _text.Append(_source[_at++]);
        }
    }

    private void ReadTag()
    {
        var end = _source.IndexOf('>', _at);
        if (end < 0)
        {
            throw CannotParse($"Unclosed start tag at byte offset {Offset}");
        }

        var inside = _source[(_at + 1)..end].Trim();
        if (inside.StartsWith('/'))
        {
            Close(inside[1..].Trim());
        }
        else
        {
            Open(inside);
        }

        _at = end + 1;
    }

    private void Open(string inside)
    {
        var space = inside.IndexOf(' ');
        var tag = (space < 0 ? inside : inside[..space]).ToLowerInvariant();
        var attributes = space < 0 ? "" : inside[space..];
        var type = tag switch
        {
            "b" or "strong" => "bold",
            "i" or "em" => "italic",
            "u" or "ins" => "underline",
            "s" or "strike" or "del" => "strikethrough",
            "tg-spoiler" => "spoiler",
            "span" when Attribute(attributes, "class") == "tg-spoiler" => "spoiler",
            "a" => "text_link",
            "code" => "code",
            "pre" => "pre",
            "blockquote" => attributes.Contains("expandable", StringComparison.Ordinal) ? "expandable_blockquote" : "blockquote",
            _ => throw CannotParse($"Unsupported start tag \"{tag}\" at byte offset {Offset}"),
        };
        var language = tag == "code" && Attribute(attributes, "class") is { } name && name.StartsWith("language-", StringComparison.Ordinal) ? name[9..] : null;
        _open.Push((tag, new SeenEntity(type, _text.Length, 0, tag == "a" ? Attribute(attributes, "href") : null, language)));
    }

    private void Close(string tag)
    {
        if (!_open.TryPop(out var open))
        {
            throw CannotParse($"Unexpected end tag at byte offset {Offset}");
        }

        if (!open.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase))
        {
            throw CannotParse($"Unmatched end tag at byte offset {Offset}, expected \"</{open.Tag}>\", found \"</{tag}>\"");
        }

        var entity = open.Entity with { Length = _text.Length - open.Entity.Offset };
        if (entity.Length == 0)
        {
            return;
        }

        // <pre><code class="language-x">…</code></pre> is one block.
        if (open.Tag == "pre" && _entities.FindLastIndex(inner => inner.Type == "code" && inner.Offset == entity.Offset && inner.Length == entity.Length) is >= 0 and var inside)
        {
            entity = entity with { Language = _entities[inside].Language };
            _entities.RemoveAt(inside);
        }

        _entities.Add(entity);
    }

    private int Offset => Encoding.UTF8.GetByteCount(_source.AsSpan(0, _at));

    private static string? Attribute(string attributes, string name)
    {
        var start = attributes.IndexOf(name + "=", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        var value = attributes[(start + name.Length + 1)..];
        var quote = value.Length > 0 && value[0] is '"' or '\'' ? value[0] : ' ';
        var end = value.IndexOf(quote, quote == ' ' ? 0 : 1);
        return WebUtility.HtmlDecode(value[(quote == ' ' ? 0 : 1)..(end < 0 ? value.Length : end)]);
    }

    private static BotApiException CannotParse(string why) => BotApiException.BadRequest("can't parse entities: " + why);
}
