using System.Runtime.InteropServices;

namespace Xopc.Cli.Terminal;

/// <summary>
/// Ctrl+C and SIGTERM: the first one cancels what runs, the next one finds nothing left to cancel and gets the system's own answer, which ends the
/// process. Outside a scope no signal is touched.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private InterruptScope? _current;

    /// <summary>Starts something that a signal may cancel; ends with the scope's disposal.</summary>
    public InterruptScope Begin()
    {
        lock (_gate)
        {
            if (_registrations.Count == 0)
            {
                foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
                {
                    _registrations.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = Raise(context.Signal)));
                }
            }

            return _current = new InterruptScope(this, _current);
        }
    }

    /// <summary>A signal arrived. False: nothing of ours to cancel, the default applies.</summary>
    internal bool Raise(PosixSignal signal)
    {
        InterruptScope? scope;
        lock (_gate)
        {
            scope = _current;
        }

        return scope?.Take(signal) ?? false;
    }

    internal void End(InterruptScope scope)
    {
        lock (_gate)
        {
            if (_current == scope)
            {
                _current = scope.Outer;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _registrations.ForEach(registration => registration.Dispose());
            _registrations.Clear();
        }
    }
}
