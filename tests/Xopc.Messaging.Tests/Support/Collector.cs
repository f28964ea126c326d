using System.Collections.Immutable;

namespace Xopc.Messaging.Tests.Support;

/// <summary>Collects what a callback gets, and wakes who waits for so many of them.</summary>
internal sealed class Collector<T>
{
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private ImmutableList<T> _items = [];

    public ImmutableList<T> Items => _items;

    public void Add(T item)
    {
        lock (_gate)
        {
            _items = _items.Add(item);
            foreach (var (_, reached) in _waiting.Where(waiting => waiting.Count <= _items.Count))
            {
                reached.TrySetResult();
            }
        }
    }

    public async Task<ImmutableList<T>> AtLeastAsync(int count, string what)
    {
        Task reached;
        lock (_gate)
        {
            if (_items.Count >= count)
            {
                return _items;
            }

            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, source));
            reached = source.Task;
        }

        await Within.TimeAsync(reached, $"{count} of: {what}");
        return _items;
    }
}
