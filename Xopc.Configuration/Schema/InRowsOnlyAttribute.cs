namespace Xopc.Configuration;

/// <summary>A key of a row of <c>agents.list</c> that <c>agents.defaults</c> does not have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InRowsOnlyAttribute : Attribute;
