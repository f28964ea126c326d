using System.Collections.Immutable;

namespace Xopc.Messaging;

/// <summary>A list that is read on every message and changed rarely: copied on change, read without a lock.</summary>
internal sealed class Attachments<T>
    where T : class
{
    private ImmutableArray<Attachment> _attached = [];

    public IEnumerable<T> Current
    {
        get
        {
            foreach (var attachment in _attached)
            {
                yield return attachment.Value;
            }
        }
    }

    public IDisposable Add(T value)
    {
        var attachment = new Attachment(this, value);
        ImmutableInterlocked.Update(ref _attached, static (all, added) => all.Add(added), attachment);
        return attachment;
    }

    private sealed class Attachment(Attachments<T> owner, T value) : IDisposable
    {
        public T Value { get; } = value;

        public void Dispose() => ImmutableInterlocked.Update(ref owner._attached, static (all, removed) => all.Remove(removed), this);
    }
}
