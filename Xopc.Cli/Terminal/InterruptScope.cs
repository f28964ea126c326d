using System.Runtime.InteropServices;

namespace Xopc.Cli.Terminal;

/// <summary>The time in which a signal cancels instead of killing.</summary>
internal sealed class InterruptScope(Interrupts owner, InterruptScope? outer) : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private int _signal;

    public CancellationToken Token => _source.Token;

    internal InterruptScope? Outer => outer;

    /// <summary>130 or 143 after a signal, else 0.</summary>
    public int ExitCode => (PosixSignal)Volatile.Read(ref _signal) switch
    {
        PosixSignal.SIGINT => ExitCodes.Interrupted,
        PosixSignal.SIGTERM => ExitCodes.Terminated,
        _ => ExitCodes.Ok,
    };

    internal bool Take(PosixSignal signal)
    {
        if (Interlocked.CompareExchange(ref _signal, (int)signal, 0) != 0)
        {
            return false;
        }

        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The signal met the end of the scope; it was meant for what has just finished.
        }

        return true;
    }

    public void Dispose()
    {
        owner.End(this);
        _source.Dispose();
    }
}
