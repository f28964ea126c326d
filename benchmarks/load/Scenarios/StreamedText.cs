using System.Diagnostics;
using System.Text;
using Xopc.Load.Measuring;
using Xopc.Load.Model;

namespace Xopc.Load.Scenarios;

/// <summary>Collects the tokens of one answer.</summary>
internal sealed class StreamedText
{
    private readonly StringBuilder _text = new();
    private readonly List<long> _stamps = [];
    private Samples? _delays;

    public long FirstToken { get; private set; }

    /// <summary>The stream said that the answer is complete and good.</summary>
    public bool Complete { get; set; }

    public TurnAnswer Answer => new(Complete ? _text.ToString() : null, FirstToken);

    public void Begin(Samples? delays)
    {
        _text.Clear();
        _delays = delays;
        FirstToken = 0;
        Complete = false;
    }

    public void Add(string token)
    {
        if (FirstToken == 0)
        {
            FirstToken = Stopwatch.GetTimestamp();
        }

        _stamps.Clear();
        _text.Append(EchoText.Unstamp(token, _stamps));
        var now = EchoText.NowNanoseconds();
        foreach (var stamp in _stamps)
        {
            _delays?.Add((now - stamp) / 1e6);
        }
    }
}
