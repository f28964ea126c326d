using System.Text;
using Xopc.Agents.Turns;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>Why a run's token fired.</summary>
internal enum RunStop
{
    None,

    /// <summary>Its user said stop: recorded as aborted, partial text kept.</summary>
    User,

    /// <summary>The process stops: handed back when nothing was shown, else closed as interrupted.</summary>
    Process,

    /// <summary>Another process has taken the session over: nothing of this run can be written any more.</summary>
    LeaseLost,
}

/// <summary>A part of a run's text for the journal.</summary>
/// <param name="Seq">The update up to which the journal holds the text with this part; it orders the parts.</param>
/// <param name="Replaces">The parts before are void: the text was cut back, or an earlier write failed.</param>
internal readonly record struct JournalPart(int Seq, string Text, bool Replaces);

/// <summary>A run this process is working on. The text so far is guarded by the instance: the runner appends, the journal and the stop read.</summary>
internal sealed class ActiveRun(ClaimedTurn claimed) : IDisposable
{
    private readonly StringBuilder _text = new();
    private readonly CancellationTokenSource _cancellation = new();
    private int _stop;
    private int _journalled;
    private bool _inJournal;
    private bool _journalVoid;
    private int _seq;

    public RunRow Row => claimed.Run;

    public string RunId => claimed.Run.RunId;

    public int Attempt => claimed.Row.Attempt;

    /// <summary>The right under which it runs.</summary>
    public KeyLease Lease => claimed.Lease;

    public CancellationToken Token => _cancellation.Token;

    public RunStop Stop => (RunStop)Volatile.Read(ref _stop);

    /// <summary>Whether a watcher may have seen text: then the turn is not simply run again.</summary>
    public bool Shown { get; private set; }

    /// <summary>Whether a tool may have acted.</summary>
    public bool ToolStarted { get; set; }

    /// <summary>Number of the last steered words that this attempt has taken into its conversation; they are written with its answer.</summary>
    public long SteersTaken { get; set; }

    /// <summary>Whether anything was put into the journal, so that the end has something to drop.</summary>
    public bool Journalled => Volatile.Read(ref _inJournal);

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public int TextLength
    {
        get
        {
            lock (_text)
            {
                return _text.Length;
            }
        }
    }

    /// <summary>The first cause wins.</summary>
    public bool Cancel(RunStop cause)
    {
        if (Interlocked.CompareExchange(ref _stop, (int)cause, (int)RunStop.None) != (int)RunStop.None)
        {
            return false;
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return false; // ended in the same moment
        }

        return true;
    }

    /// <summary>Remembers the last update that was sent and the text it may have added, so that <see cref="Snapshot"/> is exact.</summary>
    public void Sent(int seq, string? delta)
    {
        lock (_text)
        {
            _seq = seq;
            if (delta is not null)
            {
                _text.Append(delta);
                Shown = true;
            }
        }
    }

    /// <summary>The whole text and the last update before it stood so.</summary>
    public (string Text, int Seq) Snapshot()
    {
        lock (_text)
        {
            return (_text.ToString(), _seq);
        }
    }

    /// <summary>Forgets text beyond <paramref name="length"/>: the model call that wrote it is being repeated.</summary>
    public void Truncate(int length)
    {
        lock (_text)
        {
            _text.Length = Math.Min(_text.Length, length);
            if (_journalled > _text.Length)
            {
                JournalAgain();
            }
        }
    }

    /// <summary>The next part for the journal is the whole text again.</summary>
    public void JournalAgain()
    {
        lock (_text)
        {
            (_journalled, _journalVoid) = (0, _inJournal);
        }
    }

    /// <summary>The text since the last call; null when there is nothing to write.</summary>
    public JournalPart? TakeForJournal()
    {
        lock (_text)
        {
            if (_text.Length <= _journalled && !_journalVoid)
            {
                return null;
            }

            var part = new JournalPart(_seq, _text.ToString(_journalled, _text.Length - _journalled), _journalVoid);
            (_journalled, _journalVoid, _inJournal) = (_text.Length, false, true);
            return part;
        }
    }

    public void Dispose() => _cancellation.Dispose();
}
