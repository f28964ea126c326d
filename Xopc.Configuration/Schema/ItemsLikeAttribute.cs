namespace Xopc.Configuration;

/// <summary>What each text of a list looks like.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemsLikeAttribute(string pattern) : Attribute
{
    public string Pattern => pattern;
}
