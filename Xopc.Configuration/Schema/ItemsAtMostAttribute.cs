namespace Xopc.Configuration;

/// <summary>How long each list in a map of lists may be.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemsAtMostAttribute(int count) : Attribute
{
    public int Count => count;
}
