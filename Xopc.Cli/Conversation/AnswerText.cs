using System.Text;

namespace Xopc.Cli.Conversation;

/// <summary>
/// The answer so far, and what of it was shown. A stream that starts over (<c>reset</c>) repeats text; only what is new is shown again.
/// </summary>
internal sealed class AnswerText
{
    private readonly StringBuilder _text = new();
    private string _shown = "";
    private bool _catchingUp;

    public override string ToString() => _text.ToString();

    /// <summary>Adds text; returns what of it is to be shown now.</summary>
    public string Append(string content)
    {
        _text.Append(content);
        return _catchingUp ? CatchUp() : content;
    }

    /// <summary>The text begins anew with <paramref name="content"/>; returns what of it is to be shown now.</summary>
    public string Restart(string content)
    {
        _shown = _catchingUp ? _shown : _text.ToString();
        _catchingUp = true;
        _text.Clear().Append(content);
        return CatchUp();
    }

    private string CatchUp()
    {
        var text = _text.ToString();
        if (text.Length < _shown.Length && _shown.StartsWith(text, StringComparison.Ordinal))
        {
            return "";
        }

        _catchingUp = false;
        return text.StartsWith(_shown, StringComparison.Ordinal) ? text[_shown.Length..] : "\n" + text;
    }
}
