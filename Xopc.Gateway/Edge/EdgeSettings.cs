using Xopc.Configuration;

namespace Xopc.Gateway.Edge;

/// <summary>The edge's part of the configuration, compiled; swapped whole when it is reloaded. Reading it costs one volatile read.</summary>
internal sealed class EdgeSettings : IDisposable
{
    private readonly IDisposable _watching;
    private volatile EdgeSnapshot _current;

    public EdgeSettings(ConfigStore store)
    {
        // Where the listener is bound does not change before a restart, whatever the file says meanwhile.
        var bound = store.Current.Gateway;
        _current = new EdgeSnapshot(bound, bound);
        _watching = store.OnChange(change =>
        {
            _current = new EdgeSnapshot(change.After.Gateway, bound);
            Changed?.Invoke();
        });
    }

    /// <summary>After a swap. Subscribers are quick and do not throw.</summary>
    public event Action? Changed;

    public EdgeSnapshot Current => _current;

    public void Dispose() => _watching.Dispose();
}
