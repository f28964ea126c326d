using Xopc.Load.Model;

namespace Xopc.Load.Checks;

/// <summary>What an answer was.</summary>
internal enum Verdict
{
    Right,

    /// <summary>Text of another turn, a cut or altered text, or no marker at all.</summary>
    Wrong,

    /// <summary>Nothing, or white space.</summary>
    Empty,

    /// <summary>An answer that somebody got before, or the own one more than once in the text.</summary>
    Duplicate,

    /// <summary>No answer: another status than 200, a broken stream.</summary>
    Failed,

    /// <summary>The right answer, but the model was shown another number of messages than the session has.</summary>
    Forgetful,
}

/// <summary>Judges every answer of a run. Thread safe.</summary>
internal sealed class AnswerBook
{
    private readonly Lock _gate = new();
    private readonly int[] _counts = new int[Enum.GetValues<Verdict>().Length];
    private readonly HashSet<string> _given = [];

    /// <summary>Answers that went to somebody else before their own turn had them: wrong so far, duplicates once the own turn has them too.</summary>
    private readonly Dictionary<string, int> _strayed = new(StringComparer.Ordinal);

    public int Total
    {
        get
        {
            lock (_gate)
            {
                return _counts.Sum();
            }
        }
    }

    public int Bad => Total - this[Verdict.Right];

    public int this[Verdict verdict]
    {
        get
        {
            lock (_gate)
            {
                return _counts[(int)verdict];
            }
        }
    }

    /// <param name="marker">Without brackets: what the turn said.</param>
    /// <param name="reply">The text of the answer, stamps taken out; null when there was none.</param>
    /// <param name="userMessages">What the model must have been shown; 0 when unknown.</param>
    public Verdict Judge(string marker, int tokens, string? reply, int userMessages)
    {
        lock (_gate)
        {
            var verdict = Find($"[[{marker}]]", tokens, reply, userMessages);
            _counts[(int)verdict]++;
            return verdict;
        }
    }

    public override string ToString() =>
        $"{this[Verdict.Wrong]} wrong, {this[Verdict.Empty]} empty, {this[Verdict.Duplicate]} duplicate, {this[Verdict.Failed]} failed of {Total}"
        + (this[Verdict.Forgetful] > 0 ? $", {this[Verdict.Forgetful]} with a wrong history" : "");

    private Verdict Find(string own, int tokens, string? reply, int userMessages)
    {
        if (reply is null)
        {
            return Verdict.Failed;
        }

        if (string.IsNullOrWhiteSpace(reply))
        {
            return Verdict.Empty;
        }

        if (EchoText.MarkerOf(reply) is not { } marker)
        {
            return Verdict.Wrong;
        }

        if (marker != own)
        {
            if (_given.Contains(marker))
            {
                return Verdict.Duplicate;
            }

            _strayed[marker] = _strayed.GetValueOrDefault(marker) + 1;
            return Verdict.Wrong;
        }

        if (_strayed.Remove(own, out var strayed))
        {
            _counts[(int)Verdict.Wrong] -= strayed;
            _counts[(int)Verdict.Duplicate] += strayed;
        }

        if (!_given.Add(own) || reply.IndexOf(own, own.Length, StringComparison.Ordinal) >= 0)
        {
            return Verdict.Duplicate;
        }

        var shown = EchoText.NumberAfter(reply, "]] n=", 0);
        return reply != EchoText.Answer(own, shown, tokens) ? Verdict.Wrong
            : userMessages > 0 && shown != userMessages ? Verdict.Forgetful
            : Verdict.Right;
    }
}
